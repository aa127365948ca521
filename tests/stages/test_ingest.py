"""Stage ingest, whole: a batch in, posts, labels, quality report and counts out."""

import csv
import sys
from pathlib import Path

import pytest

from popularity import paths
from popularity.checks.rules import read_findings
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
    (tmp_path / "params.yaml").write_text((PROJECT / "params.yaml").read_text())
    (tmp_path / "expectations").symlink_to(PROJECT / "expectations")
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


def write_posts(*, rows: int = 10, **wrong: object) -> None:
    """100 posts; the values given go into the first ten, or `rows`."""
    row = dict.fromkeys(POSTS.names, "1") | {
        "uid": "7",
        "postdate": "1500000000",
        "alltags": "cat",
        "title": "a cat",
    }
    posts = [row | {"pid": n} | (wrong if n <= rows else {}) for n in range(1, 101)]
    write_csv(paths.raw("demo") / "train_data.csv", POSTS.names, posts)


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
    told = r"postdate: not a date.*, in 10 of .* pids 1, 2, 3, 4, 5 .*train_data\.csv, row 2"
    with pytest.raises(UserError, match=told):
        ingest.main()
    assert len(paths.rejected("demo").read_text().splitlines()) == 11
    assert not paths.posts("demo").exists()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("wrong_posts", "stops"), [(2, False), (3, True)])
def test_the_share_set_aside_is_one_of_posts_and_labels(wrong_posts: int, stops: bool) -> None:
    write_posts(rows=wrong_posts, postdate="soon")  # 200 rows are read, and one in a hundred may be set aside
    if stops:
        with pytest.raises(UserError, match="of 200 rows"):
            ingest.main()
    else:
        ingest.main()


@pytest.mark.usefixtures("project")
def test_shifted_columns_are_critical_in_the_form_of_a_finding() -> None:
    posts = paths.raw("demo") / "train_data.csv"
    header, *rows = posts.read_text().splitlines()
    posts.write_text("\n".join([header, *("," + row.rpartition(",")[0] for row in rows)]) + "\n")
    with pytest.raises(UserError, match=r"pid: .*, in 100 of"):
        ingest.main()
    first = read_findings(paths.quality("posts", "demo"))[0]
    assert (first.rule, first.column, first.severity, first.passed) == ("rows_set_aside", "pid", "critical", False)
    assert not paths.posts("demo").exists()


@pytest.mark.usefixtures("project")
def test_a_file_that_cannot_be_read_is_critical_in_the_form_of_a_finding() -> None:
    (paths.raw("demo") / "train_data.csv").write_text("pid,uid\n1,2\n")
    with pytest.raises(UserError, match="column missing"):
        ingest.main()
    (finding,) = read_findings(paths.quality("posts", "demo"))
    assert (finding.severity, finding.passed) == ("critical", False)
    assert "column missing: postdate" in finding.reason


@pytest.mark.usefixtures("project")
def test_a_critical_rule_stops_the_stage_before_posts_are_written() -> None:
    write_posts(commentcount="-1")
    with pytest.raises(UserError, match=r"commentcount: negative, in 10 of 200 rows; .*, pids 1, 2, 3, 4, 5"):
        ingest.main()
    assert paths.quality("posts", "demo").exists()
    assert not paths.posts("demo").exists()


@pytest.mark.usefixtures("project")
def test_a_second_run_gives_the_same_bytes() -> None:
    reports = [paths.quality(suite, "demo") for suite in ("posts", "labels")]
    files = (paths.posts("demo"), paths.labels("demo"), *reports, paths.metrics("ingest", "demo"))
    ingest.main()
    first = [path.read_bytes() for path in files]
    ingest.main()
    assert [path.read_bytes() for path in files] == first


@pytest.mark.usefixtures("project")
def test_a_value_out_of_range_in_one_row_costs_that_row_alone() -> None:
    write_posts(rows=2, avgview="-2")
    ingest.main()
    assert read_json(paths.metrics("ingest", "demo"))["dropped"] == {"negative": 2}
    assert len(read_table(paths.posts("demo"))) == 98


@pytest.mark.usefixtures("project")
def test_pending_posts_are_counted_once_by_their_reason() -> None:
    rows = [{"pid": n, "uid": 7, "label": "" if n % 5 == 0 else 2} for n in range(1, 101)]
    write_csv(paths.raw("demo") / "train_label.csv", ["pid", "uid", "label"], rows)
    ingest.main()
    metrics = read_json(paths.metrics("ingest", "demo"))
    assert (metrics["labelled"]["train"], metrics["pending"]) == (80, 20)
    assert metrics["pending_because"] == {"not counted yet": 20}
    assert metrics["label_rows_set_aside"] == {}


@pytest.mark.usefixtures("project")
def test_wrong_labels_that_came_later_are_to_be_mended_where_they_lie() -> None:
    visit = paths.visits("demo") / "views.csv"
    visit.write_text("\n".join(["pid,label", *(f"{n},high" for n in range(1, 51))]))
    with pytest.raises(UserError) as refused:
        ingest.main()
    assert refused.value.next_step.startswith("mend the files in data/visits/demo (")


@pytest.mark.usefixtures("project")
def test_views_read_at_the_second_of_posting_are_pending_and_refuse_no_batch() -> None:
    rows = [{"pid": n, "views": 7, "seen": "2017-07-14" if n <= 5 else "2017-07-20"} for n in range(1, 101)]
    rows[0]["seen"] = 1_500_000_000
    write_csv(paths.raw("demo") / "train_label.csv", ["pid", "views", "seen"], rows)
    ingest.main()
    metrics = read_json(paths.metrics("ingest", "demo"))
    assert (metrics["rows_out"], metrics["dropped"], metrics["label_rows_set_aside"]) == (100, {}, {})
    assert metrics["pending_because"] == {"counted within 3 days": 5}
