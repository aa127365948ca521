"""What runs again, and what does not, in a real DVC project."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.small_project import Project, lay_out_code
from popularity import paths
from popularity.images.damaged import bring_back
from popularity.posts import read_table

pytestmark = pytest.mark.slow

PER_BATCH = ("ingest", "fetch", "filter_links", "text_features", "image_embeddings")


def second_batch(folder: Path) -> Path:
    """A crawl of four labelled posts, without photos."""
    folder.mkdir()
    columns = (
        "pid,uid,postdate,commentcount,haspeople,titlelen,deslen,tagcount,avgview,groupcount,avgmembercount,"
        "alltags,title,description,image_url"
    )
    rows = [f"{9_000_001 + i},7,{1_600_000_000 + i},,,5,4,2,10,3,40,sea sun,a day,nice,gone.jpg" for i in range(4)]
    (folder / "train_data.csv").write_text("\n".join([columns, *rows]) + "\n")
    labels = [f"{9_000_001 + i},7,{5 + i}" for i in range(4)]
    (folder / "train_label.csv").write_text("\n".join(["pid,uid,label", *labels]) + "\n")
    return folder


def test_a_second_run_executes_nothing(project: Project) -> None:
    assert project.repro() == []


def test_a_parameter_of_the_forest_runs_the_forest_and_evaluate_only(project: Project) -> None:
    project.set_param("train_rf.trees", 6)
    assert project.repro() == ["train_rf", "evaluate"]


@pytest.mark.long
def test_a_batch_comes_and_goes_without_touching_the_first(project: Project, tmp_path: Path) -> None:
    fresh = project.lock
    crawl = second_batch(tmp_path / "crawl")
    project.command("popularity", "batches", "add", "second", "--source", "smp", "--path", str(crawl))
    executed = project.repro()
    assert {f"{stage}@second" for stage in PER_BATCH} <= set(executed)
    assert [name for name in executed if name.endswith("@demo")] == []
    project.command("popularity", "batches", "remove", "second")
    project.repro()
    assert project.lock == fresh
    project.git("add", "-A")
    project.git("commit", "-qm", "A batch came and went")
    project.git("clone", "-q", ".", str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    before = (clone.folder / "dvc.lock").read_bytes()
    assert "train_rf" in clone.repro()  # nothing is cached there
    assert (clone.folder / "dvc.lock").read_bytes() == before


def test_a_crawl_that_breaks_leaves_the_counts_of_the_last_one_that_did_not(project: Project, tmp_path: Path) -> None:
    crawl = second_batch(tmp_path / "crawl")
    project.command("popularity", "batches", "add", "second", "--source", "smp", "--path", str(crawl), "--in-place")
    project.command("dvc", "repro", "ingest@second")
    counts = project.bytes_of("metrics/ingest")
    (crawl / "train_data.csv").write_text("no such column\n1\n")
    with pytest.raises(AssertionError, match="train_data"):
        project.command("dvc", "repro", "ingest@second")
    assert project.bytes_of("metrics/ingest") == counts


def test_damaged_photos_come_back_from_the_cache_and_no_link_is_checked_again(project: Project) -> None:
    photos = project.folder / "data/photos/demo"
    before = project.bytes_of("data", "metrics", "reports")
    damage_photos(next(photos.iterdir()))
    told = subprocess.run(
        [sys.executable, "-m", "stages.image_embeddings", "demo"], cwd=project.folder, text=True, capture_output=True
    )
    assert told.returncode == 2
    assert "do not decode" in told.stderr
    assert told.stderr.endswith(f"next: {bring_back(photos.relative_to(project.folder))}\n")
    shutil.rmtree(photos)
    assert project.repro() == []
    assert project.bytes_of("data", "metrics", "reports") == before


def damage_photos(shard: Path) -> None:
    """Leave of its photos' files the first half."""
    table = pq.read_table(shard)
    place, files = table.schema.get_field_index("jpeg"), table["jpeg"].to_pylist()
    halves = pa.array([jpeg[: len(jpeg) // 2] for jpeg in files], table.schema.field(place).type)
    pq.write_table(table.set_column(place, table.schema.field(place), halves), shard)


def test_test_labels_change_no_feature_model_or_prediction(project: Project) -> None:
    before = project.bytes_of("data/dataset.parquet", "models", "predictions")
    pids = [int(name) for name in _pids(project.folder / "data/raw/demo/test_data.csv")]
    visits = project.folder / "data/visits/demo/later.csv"
    seen = read_table(project.folder / paths.labels("demo")).set_index("pid")["seen"]  # at the age at which they were
    visits.write_text("pid,views,seen\n" + "".join(f"{pid},{i % 700},{seen[pid]:.0f}\n" for i, pid in enumerate(pids)))
    assert project.repro() == ["ingest@demo", "dataset", "evaluate"]
    assert project.bytes_of("data/dataset.parquet", "models", "predictions") == before


@pytest.mark.long
def test_an_edited_file_of_test_labels_changes_no_feature_model_or_prediction(project: Project, tmp_path: Path) -> None:
    crawl = tmp_path / "crawl"
    shutil.copytree(project.folder / "data/raw/demo", crawl)
    project.command("popularity", "batches", "remove", "demo")
    project.command("popularity", "batches", "add", "crawl", "--source", "smp", "--path", str(crawl), "--in-place")
    project.repro()
    before = project.bytes_of("data/dataset.parquet", "models", "predictions")
    metrics = project.bytes_of("metrics/evaluate.json")
    labels = pd.read_csv(crawl / "test_label.csv")
    labels.assign(views=labels["views"].to_numpy()[::-1]).to_csv(crawl / "test_label.csv", index=False)
    # the crawl's folder, photos and all, is a dep of filter_links, so that runs too, and changes nothing
    assert project.repro() == ["ingest@crawl", "filter_links@crawl", "dataset", "evaluate"]
    assert project.bytes_of("data/dataset.parquet", "models", "predictions") == before
    assert project.bytes_of("metrics/evaluate.json") != metrics


@pytest.mark.long
def test_the_same_input_gives_the_same_bytes(template: Project, tmp_path: Path) -> None:
    again = lay_out_code(tmp_path)
    again.repro()
    places = ("data", "models", "predictions", "metrics", "plots", "reports", "dvc.lock")
    first, second = template.bytes_of(*places), again.bytes_of(*places)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_the_current_folders_code_runs_wherever_the_package_was_installed(project: Project) -> None:
    module = project.folder / "popularity/models/forest.py"
    module.write_text(module.read_text().replace("n_estimators=options.trees", "n_estimators=2"))
    assert project.repro() == ["train_rf", "evaluate"]
    import skops.io

    from popularity.models.forest import TRUSTED

    forest = skops.io.load(project.folder / "models/rf/all_posts/forest.skops", trusted=TRUSTED)
    assert len(forest.estimators_) == 2


def _pids(file: Path) -> list[str]:
    with file.open(newline="", encoding="utf-8") as lines:
        return [row["pid"] for row in csv.DictReader(lines)]
