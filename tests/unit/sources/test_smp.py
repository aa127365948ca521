"""Reading a crawl: whatever is wrong is named by file, row and column; what is legal survives."""

import csv
import io
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.posts_csv import GOOD, posts, write_csv
from popularity.errors import UserError
from popularity.settings import FilePair
from popularity.sources.crawl import Crawl
from popularity.sources.smp import COLUMNS, read_crawl


def read(folder: Path, *pairs: FilePair, formula: str = "log2_views") -> Crawl:
    return read_crawl(folder, pairs or (FilePair(data="posts.csv"),), formula)


def only_rejected(crawl: Crawl) -> tuple[object, ...]:
    assert len(crawl.rejected) == 1
    return tuple(crawl.rejected.iloc[0][["file", "row", "pid", "column"]])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pid", "x"),
        ("uid", "12@N00"),
        ("postdate", "yesterday"),
        ("postdate", ""),
        ("postdate", "1500000000000"),
        ("postdate", "1969-12-31"),
        ("commentcount", "many"),
        ("avgview", "inf"),
        ("avgview", "-2"),
        ("avgview", "1e300"),
        ("groupcount", "1000000000001"),
        ("tagcount", "1000001"),
        ("tagcount", "-1"),
        ("groupcount", "2.5"),
        ("commentcount", "1.000"),
        ("haspeople", "7"),
        ("title", "nul \0"),
    ],
)
def test_a_wrong_value_is_named_by_file_row_and_column(tmp_path: Path, column: str, value: str) -> None:
    write_csv(tmp_path / "posts.csv", posts({"title": "two\nlines"}, {column: value}, {}))
    crawl = read(tmp_path)
    pid = value if column == "pid" else "2"
    assert only_rejected(crawl) == ("posts.csv", 4, pid, column)
    assert crawl.rows_in - len(crawl.posts) == sum(crawl.dropped.values()) == 1


def test_text_that_is_not_utf8_costs_its_row_alone(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({"title": "é"}, {"title": "CAFE"}))
    path = tmp_path / "posts.csv"
    path.write_bytes(path.read_bytes().replace(b"CAFE", b"caf\xe9"))
    crawl = read(tmp_path)
    assert only_rejected(crawl) == ("posts.csv", 3, "2", "title")
    assert crawl.rejected["value"].tolist() == ["caf\\xe9"]
    assert crawl.posts["title"].tolist() == ["é"]


def test_a_ragged_row_is_set_aside(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({}))
    with (tmp_path / "posts.csv").open("a") as file:
        file.write("2,7,1500000000\n")
    assert only_rejected(read(tmp_path)) == ("posts.csv", 3, "2", "")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({}), tuple(c for c in COLUMNS if c != "avgview"))
    with pytest.raises(UserError, match=r"posts\.csv: column missing: avgview"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("encoding", "separator", "hint"),
    [
        ("utf-8", ";", "by commas, not by ';'"),
        ("utf-8", "\t", "by commas"),
        ("utf-16", ",", "iconv -f UTF-16"),
        ("utf-16-le", ",", "UTF-16"),
    ],
)
def test_another_separator_or_encoding_is_recognised(tmp_path: Path, encoding: str, separator: str, hint: str) -> None:
    (tmp_path / "posts.csv").write_text(separator.join(COLUMNS) + "\n", encoding=encoding)
    with pytest.raises(UserError) as refused:
        read(tmp_path)
    assert hint in refused.value.next_step


def test_ids_fill_64_bits_and_no_more(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "posts.csv", posts({"pid": str(2**63 - 1)}, {"pid": str(2**63)}, {"uid": "1" + "0" * 17 + "1"})
    )
    crawl = read(tmp_path)
    assert crawl.posts["pid"].tolist() == [2**63 - 1, 3]
    assert crawl.posts["uid"].tolist() == [7, 10**18 + 1]
    assert crawl.rejected["reason"].tolist() == ["a whole number beyond 64 bits"]


def test_an_id_of_thousands_of_digits_costs_its_row_alone(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({"pid": "9" * 5000}, {"pid": "0" * 5000 + "12"}, {"uid": "0"}))
    crawl = read(tmp_path)
    assert crawl.posts["pid"].tolist() == [12, 3]
    assert crawl.rejected["reason"].tolist() == ["a whole number beyond 64 bits"]


def test_a_description_of_a_megabyte_is_read(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({"description": "a b " * 250_000}))
    assert len(read(tmp_path).posts["description"].iloc[0]) == 1_000_000


def test_a_column_name_that_is_not_utf8_is_told_in_print(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", [row | {"PREVU": "1"} for row in posts({})], (*COLUMNS, "PREVU"))
    path = tmp_path / "posts.csv"
    path.write_bytes(path.read_bytes().replace(b"PREVU", b"pr\xe9vu"))
    (ignored,) = read(tmp_path).ignored.values()
    assert list(ignored) == ["pr\\xe9vu"]


def test_an_unclosed_quote_names_the_row_where_it_starts(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({}, {"title": "OPEN"}, {}))
    path = tmp_path / "posts.csv"
    path.write_text(path.read_text().replace("OPEN", '"open'))
    with pytest.raises(UserError, match=r"posts\.csv, row 3 "):
        read(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({}, {}))
    path = tmp_path / "posts.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(tmp_path).posts["pid"].tolist() == [1, 2]


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_any_quoted_text_survives_to_the_byte(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("batch")
    row = posts({"title": text, "description": f"a\r\nb\rc\n{text}"})[0]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([COLUMNS, [row[c] for c in COLUMNS]])
    (folder / "posts.csv").write_bytes(out.getvalue().encode())
    frame = read(folder).posts
    assert (frame["title"][0], frame["description"][0]) == (text, row["description"])


def test_a_post_dated_after_its_crawl_is_set_aside(tmp_path: Path) -> None:
    crawled = 1_600_000_000
    dates = ("2098-01-01", str(crawled + 80_000), str(crawled + 90_000))  # clocks and zones differ by a day at most
    write_csv(tmp_path / "posts.csv", posts(*({"postdate": date} for date in dates)))
    crawl = read_crawl(tmp_path, (FilePair(data="posts.csv"),), "log2_views", crawled=crawled)
    assert crawl.posts["pid"].tolist() == [2]
    assert crawl.rejected["column"].tolist() == ["postdate", "postdate"]
    assert crawl.rejected["reason"].iloc[0].startswith("dated after its crawl")
    assert len(read(tmp_path).posts) == 3  # where nobody says when it was


def test_iso_dates_and_unix_seconds_agree(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "posts.csv", posts({"postdate": "2017-07-14T02:40:00"}, {"postdate": "2017-07-14 04:40+02:00"})
    )
    assert read(tmp_path).posts["postdate"].tolist() == [1500000000, 1500000000]


def test_empty_numbers_are_nan(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({}))
    assert np.isnan(read(tmp_path).posts["commentcount"][0])


def test_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({"camera": "x"}), (*COLUMNS, "camera"))
    assert read(tmp_path).ignored == {"posts.csv": ["camera"]}


TRAIN = FilePair(data="train_data.csv", label="train_label.csv", split="train")
TEST = FilePair(data="test_data.csv", label="test_label.csv", split="test")


def write_pair(folder: Path, pair: FilePair, rows: list[dict[str, str]], labels: list[dict[str, str]]) -> None:
    write_csv(folder / pair.data, rows)
    write_csv(folder / str(pair.label), labels, ("pid", "uid", "label"))


def label(pid: int, **change: str) -> dict[str, str]:
    return {"pid": str(pid), "uid": "7", "label": "1.5"} | change


def test_the_papers_pairs_are_found_and_give_the_split(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, posts({}), [label(1)])
    write_csv(tmp_path / "test_data.csv", posts({"pid": "2"}))
    crawl = read_crawl(tmp_path, None, "log2_views")
    assert crawl.labels["given_split"].tolist() == ["train", "test"]
    assert crawl.labels["label"].notna().tolist() == [True, False]


def test_a_pid_twice_keeps_the_first_over_all_files(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, posts({}, {"pid": "1"}), [label(1)])
    write_pair(tmp_path, TEST, posts({}, {}), [label(1), label(2)])
    crawl = read(tmp_path, TRAIN, TEST)
    assert crawl.posts["pid"].tolist() == [1, 2]
    assert crawl.rejected[["file", "row"]].values.tolist() == [["train_data.csv", 3], ["test_data.csv", 2]]


def test_a_label_without_its_post_is_set_aside(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, posts({}), [label(1), label(9)])
    crawl = read(tmp_path, TRAIN)
    assert only_rejected(crawl) == ("train_label.csv", 3, "9", "pid")
    assert crawl.dropped == {}


def test_a_post_without_label_in_a_labelled_file_is_set_aside(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, posts({}, {}), [label(1)])
    assert only_rejected(read(tmp_path, TRAIN)) == ("train_data.csv", 3, "2", "pid")


def test_a_label_of_another_user_takes_its_post_along(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, posts({}, {}), [label(1), label(2, uid="8")])
    crawl = read(tmp_path, TRAIN)
    assert crawl.rejected[["file", "reason"]].values.tolist() == [
        ["train_data.csv", "post without label"],
        ["train_label.csv", "uid is not the post's"],
    ]


def test_views_become_labels_by_the_formula(tmp_path: Path) -> None:
    write_csv(tmp_path / "train_data.csv", posts({}, {}))
    late = str(1500000000 + 2 * 86_400)
    rows = [{"pid": "1", "views": "8", "seen": late}, {"pid": "2", "views": "0", "seen": late}]
    write_csv(tmp_path / "train_label.csv", rows, ("pid", "views", "seen"))
    crawl = read(tmp_path, TRAIN, formula="log2_views_per_day_plus_1")
    assert crawl.labels["label"].dropna().tolist() == [3.0]
    assert crawl.labels["pending"].tolist() == ["", "no label by log2_views_per_day_plus_1"]


def test_a_whole_count_may_be_written_as_a_float(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({"tagcount": "3.0", "avgview": "1.234", "commentcount": "1e3"}))
    row = read(tmp_path).posts.iloc[0]
    assert row[["tagcount", "avgview", "commentcount"]].tolist() == [3.0, 1.234, 1000.0]


def test_thousands_with_a_dot_are_no_count_of_one(tmp_path: Path) -> None:
    write_csv(tmp_path / "train_data.csv", posts({}, {}, {}, {}))
    late = str(1500000000 + 30 * 86_400)
    rows = [
        {"pid": str(n), "views": views, "seen": late}
        for n, views in enumerate(("999", "1.000", "1.234.567", "+1.000"), 1)
    ]
    write_csv(tmp_path / "train_label.csv", rows, ("pid", "views", "seen"))
    crawl = read(tmp_path, TRAIN)
    assert crawl.labels["views"].dropna().tolist() == [999]
    wrong = crawl.rejected[crawl.rejected["file"] == "train_label.csv"]
    assert wrong[["column", "reason", "value"]].values.tolist() == [
        ["views", "no count: a dot between thousands?", value] for value in ("1.000", "1.234.567", "+1.000")
    ]


def test_a_post_whose_label_is_empty_is_pending_and_no_error(tmp_path: Path) -> None:
    write_pair(tmp_path, TRAIN, posts({}, {}), [label(1), label(2, label="")])
    crawl = read(tmp_path, TRAIN)
    assert crawl.posts["pid"].tolist() == [1, 2]
    assert crawl.labels["pending"].tolist() == ["", "not counted yet"]
    assert len(crawl.rejected) == 0


def test_views_of_the_first_days_are_no_label_yet(tmp_path: Path) -> None:
    write_csv(tmp_path / "train_data.csv", posts({}, {}, {}))
    seen = [str(1500000000 + age) for age in (60, 30 * 86_400)]
    rows = [{"pid": "1", "views": "3", "seen": seen[0]}, {"pid": "2", "views": "3", "seen": seen[1]}, {"pid": "3"}]
    write_csv(tmp_path / "train_label.csv", rows, ("pid", "views", "seen"))
    crawl = read_crawl(tmp_path, (TRAIN,), "log2_views", 3)
    assert crawl.labels["pending"].tolist() == ["counted within 3 days", "", "not counted yet"]
    assert crawl.labels["label"].dropna().tolist() == [2.0]
    assert len(crawl.rejected) == 0


POSTED = 1_500_000_000  # 2017-07-14, 02:40


@pytest.mark.parametrize("seen", ["2017-07-14", str(POSTED), str(POSTED - 86_400), "2017-07-14T02:40:00", "2017-07-15"])
@pytest.mark.parametrize("views", ["3", ""])
def test_views_read_on_the_day_of_posting_are_no_label_yet_and_no_error(tmp_path: Path, seen: str, views: str) -> None:
    write_csv(tmp_path / "train_data.csv", posts({}, {}))
    rows = [{"pid": "1", "views": views, "seen": seen}, {"pid": "2", "views": "3", "seen": "2017-07-18"}]
    write_csv(tmp_path / "train_label.csv", rows, ("pid", "views", "seen"))
    crawl = read_crawl(tmp_path, (TRAIN,), "log2_views", 3)
    assert crawl.posts["pid"].tolist() == [1, 2]
    assert crawl.labels["pending"].tolist() == ["counted within 3 days" if views else "not counted yet", ""]
    assert crawl.labels["label"].dropna().tolist() == [2.0]
    assert len(crawl.rejected) == 0


def test_a_label_that_is_given_as_of_the_day_of_posting_is_pending(tmp_path: Path) -> None:
    write_csv(tmp_path / "train_data.csv", posts({}, {}))
    rows = [{"pid": "1", "label": "3", "seen": "2017-07-14"}, {"pid": "2", "label": "3", "seen": "2017-07-15"}]
    write_csv(tmp_path / "train_label.csv", rows, ("pid", "label", "seen"))
    crawl = read_crawl(tmp_path, (TRAIN,), "log2_views", 3)
    assert crawl.labels["pending"].tolist() == ["counted within 3 days", ""]
    assert len(crawl.rejected) == 0


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"views": "3", "seen": "2017-07-13"}, "seen"),
        ({"views": "3", "seen": "soon"}, "seen"),
        ({"views": "3", "seen": ""}, "seen"),
        ({"views": "-3", "seen": "2017-08-14"}, "views"),
        ({"views": "nul \0", "seen": "2017-08-14"}, "views"),
    ],
)
def test_an_error_of_a_label_row_is_counted_once_and_its_post_waits(
    tmp_path: Path, row: dict[str, str], column: str
) -> None:
    write_csv(tmp_path / "train_data.csv", posts({}, {}, {}))
    rows = [{"pid": "1", "views": "3", "seen": "2017-08-14"}, {"pid": "2"} | row]
    write_csv(tmp_path / "train_label.csv", rows, ("pid", "views", "seen"))
    crawl = read_crawl(tmp_path, (TRAIN,), "log2_views", 3)
    assert crawl.posts["pid"].tolist() == [1, 2]
    assert crawl.rejected[["file", "row", "pid", "column"]].values.tolist() == [
        ["train_data.csv", 4, "3", "pid"],  # which no label row names
        ["train_label.csv", 3, "2", column],
    ]
    assert crawl.dropped == {"post without label": 1}
    assert crawl.labels.set_index("pid")["pending"].to_dict() == {1: "", 2: "label row set aside"}


@pytest.mark.slow
def test_432_000_rows_take_seconds(tmp_path: Path) -> None:
    line = ",".join((GOOD | {"pid": "{}"})[c] for c in COLUMNS)
    text = "\n".join([",".join(COLUMNS), *(line.replace("{}", str(n)) for n in range(432_000))])
    (tmp_path / "posts.csv").write_text(text)
    start = time.perf_counter()
    crawl = read(tmp_path)
    seconds = time.perf_counter() - start
    print(f"{seconds:.1f} s")
    assert len(crawl.posts) == 432_000
    assert seconds < 60


@pytest.mark.long
@pytest.mark.parametrize(("name", "rows"), [("instagram", 4_513), ("instagram-profiles", 13_617)])
def test_the_real_sets_are_read_whole(real_data: Path, name: str, rows: int) -> None:
    crawl = read_crawl(real_data / name, None, "log2_views")
    assert (len(crawl.posts), len(crawl.rejected)) == (rows, 0)
