"""Stage ingest, whole: a batch in, posts, labels, quality report and counts out."""

import csv
import sys
from pathlib import Path

import pytest

from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json
from popularity.posts import LABELS, POSTS, read_table
from stages import ingest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose batch demo has 100 labelled posts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ingest", "demo"])
    for name in ("params.yaml", "expectations/posts.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((PROJECT / name).read_text())
    paths.raw("demo").mkdir(parents=True)
    paths.visits("demo").mkdir(parents=True)
    write_posts()
    rows = [{"pid": n, "uid": 7, "label": 1 + n / 10} for n in range(1, 101)]
    write_csv(paths.raw("demo") / "train_label.csv", ["pid", "uid", "label"], rows)
    return tmp_path


def write_csv(path: Path, columns: list[str], rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_posts(**wrong: object) -> None:
    """100 posts; the values given go into the first ten."""
    row = dict.fromkeys(POSTS.names, "1") | {
        "uid": "7",
        "postdate": "1500000000",
        "alltags": "cat",
        "title": "a cat",
    }
    rows = [row | {"pid": n} | (wrong if n <= 10 else {}) for n in range(1, 101)]
    write_csv(paths.raw("demo") / "train_data.csv", POSTS.names, rows)


@pytest.mark.usefixtures("project")
def test_a_good_batch_gives_posts_and_labels_apart() -> None:
    ingest.main()
    assert list(read_table(paths.posts("demo")).columns) == POSTS.names
    assert list(read_table(paths.labels("demo")).columns) == LABELS.names
    metrics = read_json(paths.metrics("ingest", "demo"))
    assert (metrics["rows_in"], metrics["rows_out"], metrics["dropped"]) == (100, 100, {})
    assert (metrics["labelled"], metrics["pending"]) == ({"train": 100, "test": 0, "unnamed": 0}, 0)
    assert paths.rejected("demo").read_text() == "file,row,pid,column,reason,value\n"


@pytest.mark.usefixtures("project")
def test_a_visit_changes_labels_and_no_byte_of_the_posts() -> None:
    ingest.main()
    before = paths.posts("demo").read_bytes(), paths.labels("demo").read_bytes()
    (paths.visits("demo") / "later.csv").write_text("pid,label\n5,9\n")
    ingest.main()
    assert paths.posts("demo").read_bytes() == before[0]
    assert paths.labels("demo").read_bytes() != before[1]


@pytest.mark.usefixtures("project")
def test_too_many_errors_stop_the_stage_and_are_listed_in_a_file() -> None:
    write_posts(postdate="soon")
    with pytest.raises(UserError, match=r"10 of 100 rows .* not a date .*: 10\..*\n  train_data\.csv, row 2"):
        ingest.main()
    assert len(paths.rejected("demo").read_text().splitlines()) == 11
    assert not paths.posts("demo").exists()


@pytest.mark.usefixtures("project")
def test_a_critical_rule_stops_the_stage_before_posts_are_written() -> None:
    write_posts(commentcount="-1")
    with pytest.raises(UserError, match=r"column commentcount: 10 rows, pids 1, 2, 3, 4, 5"):
        ingest.main()
    assert paths.quality("demo").exists()
    assert not paths.posts("demo").exists()


@pytest.mark.usefixtures("project")
def test_a_second_run_gives_the_same_bytes() -> None:
    files = (paths.posts("demo"), paths.labels("demo"), paths.quality("demo"), paths.metrics("ingest", "demo"))
    ingest.main()
    first = [path.read_bytes() for path in files]
    ingest.main()
    assert [path.read_bytes() for path in files] == first
