"""The whole DAG on the real data sets."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from kit.project import DemoProject, set_param
from kit.small_project import ROOT, Project, lay_out_code
from popularity.checks.gate import gate
from popularity.files import read_json
from popularity.settings import load_settings

pytestmark = pytest.mark.long


Scores = dict[str, Any]


def with_only(crawl: Path, folder: Path) -> Project:
    """The repository's own code and params, with this crawl as the only batch."""
    project = lay_out_code(folder, small=False)
    project.command("popularity", "batches", "remove", "demo")
    how = ["--source", "smp", "--path", str(crawl), "--in-place", "--as-of-post"]
    project.command("popularity", "batches", "add", "real", *how)
    return project


def scores_of(project: Project) -> Scores:
    """Run the DAG; returns its scores."""
    project.repro()
    scores: Scores = read_json(project.folder / "metrics/evaluate.json")
    for population in ("all_posts", "posts_with_photo"):
        for model, parts in scores.get(population, {}).items():
            shown = {part: [parts[part][m] for m in ("spearman", "mae", "mse")] for part in ("validation", "test")}
            print(population, model, shown)
    return scores


@pytest.mark.parametrize("name", ["instagram", "instagram-profiles", "flickr"])
def test_the_best_model_errs_less_than_the_users_mean(real_data: Path, tmp_path: Path, name: str) -> None:
    scores = scores_of(with_only(real_data / name, tmp_path / "project"))
    under = scores["protocols"]
    for population in sorted(scores.keys() & {"all_posts", "posts_with_photo"}):
        best = scores[population]["best"]
        assert best["model"] == "boosted"
        assert best["test"]["mae_difference"]["mae"] < 0
        for protocol in ("forward", "new_users"):  # beyond chance, over whole users
            boosted = under[protocol]["pre_publication"][population]["boosted"]
            print(name, population, protocol, boosted["mae_difference"])
            assert boosted["mae_difference"]["high"] < 0


def test_profiles_without_photos_have_one_population(real_data: Path, tmp_path: Path) -> None:
    scores = scores_of(with_only(real_data / "instagram-profiles", tmp_path / "project"))
    assert set(scores) == {"profile", "dictionary_gap", "all_posts", "protocols"}
    assert set(scores["all_posts"]) >= {"user_mean", "rf", "rf_naive", "cnn", "boosted", "best"}
    page = (tmp_path / "project/reports/evaluation.html").read_text(encoding="utf-8")
    assert page.count("Not modelled.") == 1


@pytest.mark.parametrize(("name", "lost"), [("instagram", 0), ("instagram-profiles", 1)])
def test_a_real_crawl_and_a_later_one_trip_no_rule_but_that_all_photos_are_lost(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, lost: int
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
        for stage in ("ingest", "text_features", "fetch", "filter_links"):
            project.run(stage, batch)
        broken = [finding for finding in gate(batch, load_settings()) if not finding.passed]
        assert [finding.severity for finding in broken] == ["warning"] * lost
        assert all(finding.reason.startswith("no path leads to a photo in the batch's folder") for finding in broken)
