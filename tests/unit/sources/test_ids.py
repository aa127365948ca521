"""Ids that are no numbers become numbers, the same for ever, and two of them never become one in silence."""

import hashlib
from pathlib import Path

import pytest

from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources import rounded
from popularity.sources.crawl import Crawl
from popularity.sources.ids import stable_id
from popularity.sources.readers import read_batch


def read(folder: Path, *rows: str) -> Crawl:
    (folder / "a.csv").write_text("\n".join(("pid,uid,postdate", *rows)))
    return read_batch(Batch(source="csv", path=str(folder)), Label(of="views", formula="log2_views", min_age_days=3))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("9223372036854775807", 2**63 - 1),
        ("CIzABcdEFgh", int(hashlib.sha256(b"CIzABcdEFgh").hexdigest()[:16], 16) >> 1),
        ("12037949754@N01", int(hashlib.sha256(b"12037949754@N01").hexdigest()[:16], 16) >> 1),
        ("9223372036854775808", int(hashlib.sha256(b"9223372036854775808").hexdigest()[:16], 16) >> 1),
        ("9" * 5000, int(hashlib.sha256(b"9" * 5000).hexdigest()[:16], 16) >> 1),
        ("0" * 5000 + "7", 7),
        ("é", int(hashlib.sha256("é".encode()).hexdigest()[:16], 16) >> 1),
    ],
)
def test_a_number_stays_itself_and_any_other_text_is_hashed(text: str, number: int) -> None:
    assert stable_id(text) == number
    assert 0 <= number < 2**63


def test_the_hash_of_a_text_is_this_number_for_ever() -> None:
    assert stable_id("12037949754@N01") == 135873372119473492


def test_names_and_numbers_stand_side_by_side(tmp_path: Path) -> None:
    crawl = read(tmp_path, "abc,me@N01,1500000000", " 41 ,7.0,1500000000", "x-y,me@N01,1500000000")
    assert crawl.posts["pid"].tolist() == [stable_id("abc"), 41, stable_id("x-y")]
    assert crawl.posts["uid"].tolist() == [stable_id("me@N01"), 7, stable_id("me@N01")]
    assert crawl.pids == frozenset(crawl.posts["pid"])


@pytest.mark.parametrize(
    ("pid", "reason"),
    [
        ("9.1E+17", rounded.IN_EXPONENT_FORM),
        ('"9,1E+17"', rounded.IN_EXPONENT_FORM),
        ("9007199254740994.0", rounded.BY_A_FLOAT),
        ("1234567890123456000", rounded.IN_ZEROS),
        ("", "not a whole number"),
        ("nan", "not a whole number"),
        ("12.5", "not a whole number"),
        ("-4", "not a whole number"),
    ],
)
def test_a_number_that_was_rounded_or_is_none_is_set_aside_and_not_hashed(
    tmp_path: Path, pid: str, reason: str
) -> None:
    crawl = read(tmp_path, "abc,1,1500000000", f"{pid},1,1500000000")
    assert crawl.rejected[["row", "column", "reason"]].to_numpy().tolist() == [[3, "pid", reason]]
    assert crawl.posts["pid"].tolist() == [stable_id("abc")]


def test_hashes_that_happen_to_end_in_zeros_were_not_rounded(tmp_path: Path) -> None:
    name = next(text for n in range(10**5) if str(stable_id(text := f"n{n}")).endswith("000"))
    assert len(read(tmp_path, f"{name},1,1500000000").posts) == 1


def test_two_ids_with_one_number_are_an_error_also_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(f"pid,uid,postdate\n2,{stable_id('me')},1500000000\n")
    with pytest.raises(UserError, match=r"uid: the ids 'me' and '\d+' have one number"):
        read(tmp_path, "1,me,1500000000")


def test_the_same_id_in_two_spellings_of_a_number_is_no_collision(tmp_path: Path) -> None:
    assert read(tmp_path, "1,7,1500000000", "2,007,1500000000", "3,7.0,1500000000").posts["uid"].tolist() == [7, 7, 7]
