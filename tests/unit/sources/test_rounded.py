"""Ids and dates that a spreadsheet or a float has rounded are refused: in them many users are one."""

from decimal import Decimal
from pathlib import Path

import pytest

from kit.posts_csv import posts, write_csv
from popularity.settings import FilePair
from popularity.sources.crawl import Crawl
from popularity.sources.smp import read_crawl


def read(folder: Path, column: str, *values: str) -> Crawl:
    """Posts with these values in a column."""
    write_csv(folder / "posts.csv", posts(*({column: value} for value in values)))
    return read_crawl(folder, (FilePair(data="posts.csv"),), "log2_views")


def reasons(crawl: Crawl) -> list[str]:
    return [reason.partition(":")[0] for reason in crawl.rejected["reason"]]


USERS = [734_250_188_406_112_000 + 977 * n for n in range(1, 5)]


@pytest.mark.parametrize("column", ["pid", "uid"])
def test_ids_that_a_spreadsheet_cut_to_fifteen_digits_are_refused(tmp_path: Path, column: str) -> None:
    crawl = read(tmp_path, column, *(str(user // 1000 * 1000) for user in USERS))
    assert set(reasons(crawl)) == {
        "ids of 16 digits and more all end in zeros, as a spreadsheet or JavaScript rounds them"
    }
    assert len(crawl.posts) == 0
    assert "as text" in crawl.rejected["reason"].iloc[0]


def test_one_user_of_eighteen_digits_is_refused_when_rounded(tmp_path: Path) -> None:
    assert len(read(tmp_path, "uid", "734250188406112000", "12", "734250188406112000").rejected) == 2


def test_ids_of_sixteen_digits_that_all_end_in_a_zero_are_refused(tmp_path: Path) -> None:
    crawl = read(tmp_path, "uid", "1234567890123450", "1234567890123460", "1234567890123470", "99")
    assert crawl.posts["uid"].tolist() == [99]


@pytest.mark.parametrize("least", [9 * 10**16, 7 * 10**17, 9 * 10**18])
def test_ids_that_javascript_rounded_are_refused(tmp_path: Path, least: int) -> None:
    """Its numbers are floats, printed by up to 17 digits and then zeros."""
    printed = [f"{Decimal(repr(float(least + 111 * n))):f}" for n in range(60)]
    crawl = read(tmp_path, "uid", *printed)
    assert {reason.partition(",")[0] for reason in reasons(crawl)} == {"ids of 16 digits and more all end in zeros"}
    assert len(crawl.posts) == 0


@pytest.mark.parametrize(
    "ids",
    [
        [str(user) for user in USERS],
        [str(USERS[0]), "734250188406112000"],
        ["1234567890123450", "1234567890123450"],  # one id in ten ends so
        ["123456789012000", "120000000000000"],
        ["900719925474099.0", "12.0"],
    ],
)
def test_ids_that_nobody_rounded_are_read_to_the_last_digit(tmp_path: Path, ids: list[str]) -> None:
    crawl = read(tmp_path, "uid", *ids)
    assert crawl.posts["uid"].tolist() == [int(one.removesuffix(".0")) for one in ids]


def test_an_id_that_a_float_held_is_refused_beyond_what_it_holds_exactly(tmp_path: Path) -> None:
    crawl = read(tmp_path, "uid", f"{2**53}.0", f"{2**53 + 2}.0", f"{2**53 + 3}")
    assert crawl.posts["uid"].tolist() == [2**53, 2**53 + 3]
    assert reasons(crawl) == ["an id beyond 2^53 that ends in .0 was rounded"]


@pytest.mark.parametrize("value", ["9.1E+17", "9,1E+17", "9e17", "7.3425018840611200E+17"])
def test_an_id_in_exponent_form_is_refused(tmp_path: Path, value: str) -> None:
    assert reasons(read(tmp_path, "uid", value)) == ["an id in exponent form has lost its last digits"]


@pytest.mark.parametrize(
    ("value", "read_as"),
    [("1.5E+09", None), ("1,5E+09", None), ("1.50000012e9", None), ("1.500000123E+09", 1_500_000_123)],
)
def test_a_date_in_exponent_form_must_reach_the_second(tmp_path: Path, value: str, read_as: int | None) -> None:
    crawl = read(tmp_path, "postdate", value)
    assert crawl.posts["postdate"].tolist() == ([] if read_as is None else [read_as])
    assert len(crawl.rejected) == (read_as is None)
