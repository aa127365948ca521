"""Files that are no CSV are named as what they are, in a message that fits a screen."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from kit.posts_csv import posts, write_csv
from popularity.errors import UserError
from popularity.settings import FilePair
from popularity.sources.crawl import Crawl
from popularity.sources.smp import COLUMNS, read_crawl


def read(folder: Path) -> Crawl:
    return read_crawl(folder, (FilePair(data="posts.csv"),), "log2_views")


def refusal(folder: Path, content: bytes) -> UserError:
    (folder / "posts.csv").write_bytes(content)
    with pytest.raises(UserError) as refused:
        read(folder)
    return refused.value


def zipped(text: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("posts.csv", text)
    return packed.getvalue()


def parquet() -> bytes:
    packed = io.BytesIO()
    pd.DataFrame({"pid": [1]}).to_parquet(packed)
    return packed.getvalue()


RECORDS = [{"Pid": str(n), "Title": "a quiet harbour at night, " * 40} for n in range(500)]
LINES = "\n".join(map(json.dumps, RECORDS)).encode()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize(
    ("content", "kind", "next_step"),
    [
        (json.dumps(RECORDS).encode(), "JSON", "CSV"),
        (b"\xef\xbb\xbf" + json.dumps(RECORDS, indent=1).encode(), "JSON", "CSV"),
        (LINES, "JSON lines", "CSV"),
        (gzip.compress(LINES), "compressed (gzip)", "unpack"),
        (bz2.compress(LINES), "compressed (bzip2)", "unpack"),
        (lzma.compress(LINES), "compressed (xz)", "unpack"),
        (zipped(LINES), "a ZIP archive or an Excel workbook", "unpack"),
        (parquet(), "a Parquet table", "CSV"),
        (POINTER, "a Git LFS pointer", "git lfs pull"),
        (b"\r\n <!DOCTYPE html>\n<title>Sign in</title>", "an HTML or XML page", "fetch the file anew"),
        (b"<HTML><body>404", "an HTML or XML page", "fetch the file anew"),
        (json.dumps(RECORDS).encode("utf-16"), "UTF-16", "iconv"),
        (b"sep=;\r\npid;uid\r\n", "sep=", "delete that line"),
        (b'"sep=,"\npid,uid\n', "sep=", "delete that line"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, content: bytes, kind: str, next_step: str) -> None:
    error = refusal(tmp_path, content)
    assert f"looks like {kind}" in error.problem or kind in error.problem
    assert "a CSV file is needed" in error.problem
    assert next_step in error.next_step
    assert len(str(error)) < 500


def test_a_header_of_a_thousand_columns_is_cut_with_a_count_of_the_rest(tmp_path: Path) -> None:
    error = refusal(tmp_path, ",".join(f"column {n} {'x' * 500}" for n in range(1000)).encode())
    assert "and 990 more" in error.problem
    assert len(str(error)) < 1600


def test_a_header_in_another_letter_case_is_told(tmp_path: Path) -> None:
    error = refusal(tmp_path, ",".join(name.title() for name in COLUMNS).encode())
    assert error.next_step.startswith("write these names in lower case: pid, uid, postdate")


def test_a_column_that_may_be_missing_is_not_lost_by_its_letter_case(tmp_path: Path) -> None:
    header = ",".join(COLUMNS).replace("commentcount", "CommentCount")
    assert refusal(tmp_path, header.encode()).next_step == "write these names in lower case: commentcount"


def test_windows_1252_is_proposed_where_it_reads_as_such(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts({"title": "CAFE"}, {"title": "OTHER"}))
    path = tmp_path / "posts.csv"
    path.write_bytes(path.read_bytes().replace(b"CAFE", b"caf\xe9 \x80").replace(b"OTHER", b"\x81\x8d"))
    assert read(tmp_path).rejected["reason"].tolist() == [
        "not UTF-8, but Windows-1252 as it seems: save the file as UTF-8",
        "not UTF-8",
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日落海滩", "gb18030"),
        ("夕日の海岸", "shift_jis"),
        ("Закат на море", "cp1251"),
        ("한국 사진", "euc_kr"),
        ("θάλασσα", "cp1253"),
    ],
)
def test_windows_1252_is_not_proposed_for_other_alphabets(tmp_path: Path, text: str, encoding: str) -> None:
    """Who saved the file so would have words of nobody, and not a line said."""
    write_csv(tmp_path / "posts.csv", posts({"title": "WORDS"}))
    path = tmp_path / "posts.csv"
    path.write_bytes(path.read_bytes().replace(b"WORDS", text.encode(encoding)))
    assert read(tmp_path).rejected["reason"].tolist() == ["not UTF-8"]


def test_another_separator_is_told_in_capitals_too(tmp_path: Path) -> None:
    assert "not by ';'" in refusal(tmp_path, ";".join(COLUMNS).upper().encode()).next_step


ROW = {"title": "Zürich 🌉", "description": "", "alltags": "bridge  night zürich", "avgview": "3"}


def test_lengths_and_counts_that_are_not_there_are_computed(tmp_path: Path) -> None:
    gone = ("titlelen", "deslen", "tagcount")
    write_csv(tmp_path / "posts.csv", posts(ROW), tuple(name for name in COLUMNS if name not in gone))
    crawl = read(tmp_path)
    assert crawl.posts.loc[0, list(gone)].tolist() == [8.0, 0.0, 3.0]
    assert crawl.lacking == {"posts.csv": "titlelen (computed), deslen (computed), tagcount (computed)"}


def test_a_word_for_nothing_has_no_length(tmp_path: Path) -> None:
    gone = ("titlelen", "deslen", "tagcount")
    row = {"title": "nan", "description": " None", "alltags": "null"}
    write_csv(tmp_path / "posts.csv", posts(row), tuple(name for name in COLUMNS if name not in gone))
    assert read(tmp_path).posts.loc[0, list(gone)].tolist() == [0.0, 0.0, 0.0]


def test_lengths_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts(ROW | {"titlelen": "", "tagcount": "9"}))
    crawl = read(tmp_path)
    assert crawl.posts["titlelen"].isna().all()
    assert crawl.posts["tagcount"].tolist() == [9.0]
    assert crawl.lacking == {}


def test_optional_columns_that_are_not_there_are_as_if_empty(tmp_path: Path) -> None:
    gone = ("commentcount", "haspeople", "groupcount", "avgmembercount")
    write_csv(tmp_path / "posts.csv", posts(ROW), tuple(name for name in COLUMNS if name not in gone))
    crawl = read(tmp_path)
    assert crawl.posts[list(gone)].isna().all(axis=None)
    assert crawl.lacking["posts.csv"].startswith("commentcount (as if empty), haspeople")


@pytest.mark.parametrize(
    "column", ["pid", "uid", "postdate", "avgview", "title", "alltags", "description", "image_url"]
)
def test_what_nothing_can_stand_for_must_be_there(tmp_path: Path, column: str) -> None:
    write_csv(tmp_path / "posts.csv", posts(ROW), tuple(name for name in COLUMNS if name != column))
    with pytest.raises(UserError, match=f"column missing: {column}"):
        read(tmp_path)


def test_nameless_empty_columns_at_the_end_are_left_out(tmp_path: Path) -> None:
    write_csv(tmp_path / "posts.csv", posts(ROW, ROW, ROW))
    path = tmp_path / "posts.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header + ",,", rows[0] + ",,", rows[1] + ", ,", rows[2] + ",,lost"]))
    crawl = read(tmp_path)
    assert crawl.posts["pid"].tolist() == [1, 2]
    assert crawl.ignored == {}
    assert crawl.rejected["reason"].tolist() == ["the row has not 15 fields as the first line has"]
