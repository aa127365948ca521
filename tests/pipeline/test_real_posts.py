"""The whole DAG on the two real data sets."""

import csv
import shutil
from pathlib import Path

import pytest
from project import DemoProject, set_param
from small_project import ROOT, Project, lay_out_code

from popularity.files import read_json
from popularity.monitoring.quality import gate
from popularity.settings import load_settings

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
    assert set(scores) == {"profile", "dictionary_gap", "all_posts"}
    assert set(scores["all_posts"]) == {"user_mean", "rf", "rf_naive", "cnn"}
    page = (tmp_path / "project/reports/evaluation.html").read_text(encoding="utf-8")
    assert page.count("Not modelled.") == 1


@pytest.mark.parametrize("name", ["instagram", "instagram-profiles"])
def test_a_real_crawl_and_a_later_one_trip_no_rule(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "expectations").symlink_to(ROOT / "expectations")
    crawl = {"source": "smp", "path": str(real_data / name)}
    later = crawl | {"files": [{"data": "recrawl_data.csv", "label": "recrawl_label.csv"}]}
    set_param(tmp_path, "demo.batches", [])
    set_param(tmp_path, "batches", {"first": crawl, "later": later})
    project = DemoProject(tmp_path, monkeypatch)
    for batch in ("first", "later"):
        for stage in ("ingest", "text_features", "filter_links"):
            project.run(stage, batch)
        assert [finding for finding in gate(batch, load_settings()) if not finding.passed] == []
