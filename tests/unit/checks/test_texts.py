"""Text that was decoded wrongly, and markup: told from what people write."""

import numpy as np
import pandas as pd
import pytest

from popularity.checks.texts import has_markup, is_mojibake, mojibake

GOOD = [
    "café à Zürich",
    "Łódź 🌅 İstanbul",
    "海の写真",
    "Привет, море",
    "« Où ? »",
    "„Spaß“",
    "naïve – “quoted” … ™",
    "¿Qué?",
]


@pytest.mark.parametrize("text", [*GOOD, "plain", "~ a ~ & b"])
def test_what_people_write_is_no_mojibake(text: str) -> None:
    assert not is_mojibake(text)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize(
    "text", ["café à Zürich", "Łódź 🌅 İstanbul", "海の写真", "Привет, море", "“quoted” – and so on"]
)
def test_utf8_read_as_another_encoding_is_mojibake(text: str, encoding: str) -> None:
    assert is_mojibake(text.encode().decode(encoding, errors="replace"))


def test_letters_that_no_encoding_had_are_mojibake() -> None:
    assert is_mojibake("caf\ufffd")


@pytest.mark.parametrize("text", ["<b>sea</b>", "sea<br/>", "<a href='x'>", "fish &amp; chips", "&#8230;", "</p>"])
def test_tags_and_references_are_markup(text: str) -> None:
    assert has_markup(text)


@pytest.mark.parametrize(
    "text", ["I <3 you", "a < b > c", "AT&T", "R&B; and more", "<-- look", "sea & sky", "¯\\_(ツ)_/¯ <"]
)
def test_hearts_arrows_and_names_are_no_markup(text: str) -> None:
    assert not has_markup(text)


def test_posts_in_ascii_show_nothing_and_few_others_are_not_asked() -> None:
    posts = pd.DataFrame({"title": ["sea"] * 3 + ["cafÃ©", "café"], "description": "", "alltags": ""})
    assert mojibake(posts, 2).tolist()[3:] == [1, 0]
    assert np.isnan(mojibake(posts, 2)[:3]).all()
    assert np.isnan(mojibake(posts, 3)).all()
