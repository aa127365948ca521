"""The whole DAG on the two real data sets."""

import csv
import shutil
from pathlib import Path

import pytest
from small_project import Project, lay_out_code

from popularity.files import read_json

pytestmark = pytest.mark.long


def on(crawl: Path, folder: Path) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Run the DAG with this crawl as its only batch and the repository's own params; returns its scores."""
    project: Project = lay_out_code(folder, small=False)
    project.command("popularity", "batches", "remove", "demo")
    project.command("popularity", "batches", "add", "real", "--source", "smp", "--path", str(crawl), "--in-place")
    project.repro()
    scores: dict[str, dict[str, dict[str, dict[str, float]]]] = read_json(folder / "metrics/evaluate.json")
    for population in ("all_posts", "posts_with_photo"):
        for model, parts in scores.get(population, {}).items():
            shown = {part: [round(parts[part][m], 3) for m in ("spearman", "mae", "mse")] for part in parts}
            print(population, model, shown)
    return scores


def blank(column: str, source: Path, target: Path) -> Path:
    """A copy of a crawl in which a column is empty."""
    shutil.copytree(source, target)
    target.chmod(0o755)
    for file in target.glob("*_data.csv"):
        with file.open(newline="", encoding="utf-8") as lines:
            reader = csv.DictReader(lines)
            rows, names = list(reader), reader.fieldnames or []
        file.unlink()
        with file.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, names)
            writer.writeheader()
            writer.writerows(row | {column: ""} for row in rows)
    return target


@pytest.mark.parametrize("comments", ["known", "blank"])
def test_multimodal_beats_the_users_mean_on_instagram(real_data: Path, tmp_path: Path, comments: str) -> None:
    crawl = real_data / "instagram"
    if comments == "blank":
        crawl = blank("commentcount", crawl, tmp_path / "blanked")
    models = on(crawl, tmp_path / "project")["posts_with_photo"]
    assert models["multimodal"]["test"]["mae"] < models["user_mean"]["test"]["mae"]


def test_profiles_without_photos_have_one_population(real_data: Path, tmp_path: Path) -> None:
    scores = on(real_data / "instagram-profiles", tmp_path / "project")
    assert set(scores) == {"profile", "all_posts"}
    assert set(scores["all_posts"]) == {"user_mean", "rf", "cnn"}
    page = (tmp_path / "project/reports/evaluation.html").read_text(encoding="utf-8")
    assert page.count("Not modelled.") == 1
