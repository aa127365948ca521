"""CSV, Parquet and JSON lines whose columns have names of their own."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.posts_csv import posts, write_csv
from popularity.errors import UserError
from popularity.settings import Batch, FilePair, Label
from popularity.sources.crawl import Crawl
from popularity.sources.readers import read_batch
from popularity.sources.smp import read_crawl

DAY = 86_400
POSTED = 1_500_000_000
NAMES = {"pid": "id", "uid": "owner", "postdate": "created_at", "alltags": "tags", "views": "seen_by", "seen": "at"}
ROWS: list[dict[str, Any]] = [
    {"id": "a1", "owner": "me", "created_at": "2017-07-14T02:40:00Z", "tags": "sea sky", "seen_by": 7, "title": "Nets",
     "at": POSTED + 9 * DAY, "color": "blue"},
    {"id": 12, "owner": 5, "created_at": POSTED, "tags": "", "seen_by": None, "title": "", "at": None, "color": "red"},
]  # fmt: skip


def write_csv_file(path: Path, rows: list[dict[str, Any]]) -> None:
    pd.DataFrame(rows).to_csv(path.with_suffix(".csv"), index=False)


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    text = [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
    pq.write_table(pa.Table.from_pylist(text), path.with_suffix(".parquet"))


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


Write = Callable[[Path, list[dict[str, Any]]], None]
KINDS = pytest.mark.parametrize(
    ("source", "write"), [("csv", write_csv_file), ("parquet", write_parquet), ("json_lines", write_lines)]
)


def read(folder: Path, source: str, columns: dict[str, str] | None, of: str = "views", **fields: Any) -> Crawl:
    batch = {"source": source, "path": str(folder), "columns": columns, **fields}
    return read_batch(Batch.model_validate(batch), Label(of=of, formula="log2_views", min_age_days=3))


@KINDS
def test_columns_are_read_by_the_names_that_params_give_and_by_their_own(
    tmp_path: Path, source: str, write: Write
) -> None:
    write(tmp_path / "a", ROWS)
    crawl = read(tmp_path, source, NAMES)
    assert crawl.rejected.empty
    assert crawl.posts["pid"].iloc[1] == 12
    assert crawl.posts["postdate"].tolist() == [POSTED, POSTED]
    for column, cells in {
        "title": ["Nets", ""],
        "alltags": ["sea sky", ""],
        "tagcount": [2, 0],
        "titlelen": [4, 0],
    }.items():
        assert crawl.posts[column].tolist() == cells
    assert crawl.posts["avgview"].isna().all()
    assert crawl.labels["label"].tolist()[:1] == [3.0]
    assert crawl.labels["pending"].tolist() == ["", "not counted yet"]
    (ignored,) = crawl.ignored.values()
    assert ignored == ["color"]
    assert "avgview (as if empty)" in next(iter(crawl.lacking.values()))


@KINDS
def test_a_file_with_the_paper_s_columns_gives_the_paper_s_posts(tmp_path: Path, source: str, write: Write) -> None:
    rows = posts({}, {"title": 'a "quoted", one', "avgview": "3.5"}, {"postdate": "2015-01-01T00:00:00+02:00"})
    for row in rows:
        row["titlelen"] = str(len(row["title"]))
    (tmp_path / "smp").mkdir()
    write_csv(tmp_path / "smp/posts.csv", rows)
    paper = read_crawl(tmp_path / "smp", (FilePair(data="posts.csv"),), "log2_views")
    (tmp_path / "own").mkdir()
    write(tmp_path / "own/a", [{f"their_{name}": cell for name, cell in row.items()} for row in rows])
    crawl = read(tmp_path / "own", source, {name: f"their_{name}" for name in rows[0]})
    pd.testing.assert_frame_equal(crawl.posts[paper.posts.columns], paper.posts, check_dtype=True)


@KINDS
def test_likes_are_a_count_where_labels_count_them_and_else_an_error(tmp_path: Path, source: str, write: Write) -> None:
    write(tmp_path / "a", [{"pid": 1, "uid": 2, "postdate": POSTED, "likes": 7, "seen": POSTED + 9 * DAY}])
    assert read(tmp_path, source, None, of="likes").labels["label"].tolist() == [3.0]
    with pytest.raises(UserError, match=f"{source}, with the column likes counts likes, and label.of"):
        read(tmp_path, source, None)


@KINDS
def test_a_count_whose_day_nobody_says_was_read_at_the_crawl_or_when_its_file_was_written(
    tmp_path: Path, source: str, write: Write
) -> None:
    write(tmp_path / "a", [{"pid": 1, "uid": 2, "postdate": POSTED, "views": 7}])
    for file in tmp_path.iterdir():
        os.utime(file, (POSTED + 5 * DAY,) * 2)
    assert read(tmp_path, source, None).labels["seen"].tolist() == [POSTED + 5 * DAY]
    assert read(tmp_path, source, None, crawled=POSTED + 4 * DAY).labels["seen"].tolist() == [POSTED + 4 * DAY]


@KINDS
@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"pid": "id"}, r"no column for uid, postdate \(there: id, owner"),
        (NAMES | {"title": "headline"}, "no column headline, which the batch's columns name"),
        ({"pids": "id"}, "no column is called pids"),
        (NAMES | {"title": "tags"}, "tags stands for two columns"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told(
    tmp_path: Path, source: str, write: Write, columns: dict[str, str], problem: str
) -> None:
    write(tmp_path / "a", ROWS)
    with pytest.raises(UserError, match=problem):
        read(tmp_path, source, columns)


@KINDS
def test_files_may_be_named_with_the_split_of_their_posts(tmp_path: Path, source: str, write: Write) -> None:
    for number, name in ((1, "a"), (2, "b"), (3, "c")):
        write(tmp_path / name, [{"pid": number, "uid": 1, "postdate": POSTED, "label": 2}])
    ending = next(tmp_path.iterdir()).suffix
    assert read(tmp_path, source, None).labels["given_split"].tolist() == ["", "", ""]
    pairs = [{"data": f"b{ending}", "split": "test"}, {"data": f"a{ending}"}]
    assert read(tmp_path, source, None, files=pairs).labels.set_index("pid")["given_split"].to_dict() == {
        2: "test",
        1: "",
    }
    with pytest.raises(UserError, match="reads labels from the columns"):
        read(tmp_path, source, None, files=[{"data": f"a{ending}", "label": f"b{ending}"}])


def test_a_column_with_one_of_our_names_may_be_another_of_ours(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("pid,uid,postdate,title,description\n1,2,1500000000,what,head\n")
    crawl = read(tmp_path, "csv", {"title": "description"})
    assert crawl.posts[["title", "description"]].to_numpy().tolist() == [["head", ""]]


def test_another_separator_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("pid;uid;postdate\n1;2;1500000000\n")
    with pytest.raises(UserError, match="its columns are separated by ';'"):
        read(tmp_path, "csv", None)


def test_a_fault_is_named_by_file_row_and_column_as_in_the_paper_s_layout(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        'id,uid,postdate,views,seen\n1,1,1500000000,1.000,\n2,1,"two\nlines",,\n1,1,1500000000,,\n3,1\n'
    )
    crawl = read(tmp_path, "csv", {"pid": "id"})
    assert crawl.rejected[["file", "row", "pid", "column", "reason"]].to_numpy().tolist() == [
        ["a.csv", 2, "1", "views", "no count: a dot between thousands?"],
        ["a.csv", 3, "2", "postdate", "not a date (Unix seconds or ISO)"],
        ["a.csv", 5, "1", "pid", "duplicate pid"],
        ["a.csv", 6, "3", "", "the row has not 5 fields as the first line has"],
    ]
    assert crawl.labels["pending"].tolist() == ["label row set aside"]
    assert (crawl.rows_in, crawl.dropped["duplicate pid"]) == (4, 1)


def test_parquet_keeps_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "pid": pa.array([2**62 + 1, 2], pa.int64()),
            "uid": pa.array([1.0, 2.0], pa.float64()),
            "postdate": pa.array([datetime(2017, 7, 14, 2, 40, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "alltags": pa.array([["sea", "new york"], None], pa.list_(pa.string())),
            "haspeople": pa.array([True, None], pa.bool_()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=1)
    crawl = read(tmp_path, "parquet", None)
    (post,) = crawl.posts.to_dict("records")
    assert (post["pid"], post["uid"], post["postdate"]) == (2**62 + 1, 1, POSTED)
    assert (post["alltags"], post["haspeople"]) == ("sea newyork", 1)
    assert crawl.rejected[["file", "row", "column"]].to_numpy().tolist() == [["a.parquet", 2, "postdate"]]


def test_ids_that_parquet_holds_as_floats_were_rounded(tmp_path: Path) -> None:
    pq.write_table(pa.table({"pid": [1.5e18], "uid": [1], "postdate": [POSTED]}), tmp_path / "a.parquet")
    assert read(tmp_path, "parquet", None).rejected["column"].tolist() == ["pid"]


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("pid,uid")
    with pytest.raises(UserError, match=r"a\.parquet cannot be read as Parquet"):
        read(tmp_path, "parquet", None)


def test_inner_values_of_json_lines_are_named_by_their_path(tmp_path: Path) -> None:
    row = {"id": "x", "owner": {"id": 5, "name": "Me"}, "when": POSTED, "a.b": "sea"}
    write_lines(tmp_path / "a", [row])
    crawl = read(tmp_path, "json_lines", {"pid": "id", "uid": "owner.id", "postdate": "when", "title": "a.b"})
    assert crawl.posts[["uid", "title"]].to_numpy().tolist() == [[5, "sea"]]


def test_a_line_that_is_no_json_costs_itself(tmp_path: Path) -> None:
    good = json.dumps({"pid": 1, "uid": 1, "postdate": POSTED})
    (tmp_path / "a.ndjson").write_text(f'\n{good}\n{{"pid": 2\n[1]\n{good.replace("1", "3", 1)}\n\n')
    crawl = read(tmp_path, "json_lines", None)
    assert crawl.rejected[["row", "reason"]].to_numpy().tolist()[1] == [4, "no JSON object"]
    assert crawl.rejected["row"].tolist() == [3, 4]
    assert crawl.posts["pid"].tolist() == [1, 3]
    assert crawl.rows_in == 4


def test_a_folder_without_lines_is_told_which_endings_they_have(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no file that ends in \.jsonl, \.ndjson, \.jsonlines"):
        read(tmp_path, "json_lines", None)


def test_lines_of_every_ending_are_read(tmp_path: Path) -> None:
    for name, pids in (("b.jsonl", [3]), ("a.ndjson", [1, 2]), ("inner/c.jsonlines", [4])):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        lines = (json.dumps({"pid": pid, "uid": 1, "postdate": POSTED}) + "\n" for pid in pids)
        (tmp_path / name).write_text("".join(lines))
    (tmp_path / ".d.ndjson").write_text("left by another program")
    crawl = read(tmp_path, "json_lines", None)
    assert crawl.posts["pid"].tolist() == [1, 2, 3, 4]
    assert (crawl.rows_in, len(crawl.rejected)) == (4, 0)


def test_text_that_no_table_can_hold_costs_its_row(tmp_path: Path) -> None:
    rows = [{"pid": n, "uid": 1, "postdate": POSTED, "title": title} for n, title in ((1, "a\0b"), (2, "caf\ud83d"))]
    write_lines(tmp_path / "a", rows)
    crawl = read(tmp_path, "json_lines", None)
    assert crawl.rejected[["row", "column", "reason"]].to_numpy().tolist() == [[1, "title", "NUL character"]]
    assert crawl.posts["title"].tolist() == ["caf\ufffd"]
