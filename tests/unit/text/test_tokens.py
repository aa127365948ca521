import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popularity.text.tokens import tag_tokens, title_tokens

texts = st.text(st.characters(exclude_categories=["Cs"]))


def tags(text: str) -> list[str]:
    return tag_tokens(pd.Series([text])).iloc[0]


def words(text: str) -> list[str]:
    return title_tokens(pd.Series([text])).iloc[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \t\n", []),
        ("b a b", ["b", "a"]),
        ("#Sunset ##sunset SUNSET", ["sunset"]),
        ("# new-york 35mm", ["new-york", "35mm"]),
        ("Straße STRASSE", ["strasse"]),
        ("\ufb01lm film", ["film"]),
        ("日本 שקיעה", ["日本", "שקיעה"]),
        ("a\u00a0b\u3000c", ["a", "b", "c"]),
        ("a\0b \0", ["a", "b"]),
    ],
)
def test_tags(text: str, expected: list[str]) -> None:
    assert tags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("!?-_", []),
        ("The sea, the SEA!", ["the", "sea"]),
        ("don't 'quote' o\u2019clock", ["don't", "quote", "o\u2019clock"]),
        ("IMG_2041.JPG", ["img", "2041", "jpg"]),
        ("हिन्दी की", ["हिन्दी", "की"]),
        ("شروق الشمس", ["شروق", "الشمس"]),
        ("e\u0301te\u0301", ["\u00e9t\u00e9"]),
        ("sun\U0001f31e\U0001f31esea", ["sun", "\U0001f31e", "sea"]),
        (
            "\U0001f468\u200d\U0001f467 \U0001f44b\U0001f3fd",
            ["\U0001f468\u200d\U0001f467", "\U0001f44b\U0001f3fd"],
        ),
        ("\U0001f1e8\U0001f1ed\U0001f1eb\U0001f1f7", ["\U0001f1e8\U0001f1ed", "\U0001f1eb\U0001f1f7"]),
    ],
)
def test_title_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(texts)
def test_each_token_comes_once_and_is_not_empty(text: str) -> None:
    for found in (tags(text), words(text)):
        assert all(found)
        assert len(found) == len(set(found))


@given(texts)
def test_no_token_holds_whitespace_and_no_tag_starts_with_a_hash(text: str) -> None:
    assert not any(character.isspace() for token in tags(text) + words(text) for character in token)
    assert not any(tag.startswith("#") for tag in tags(text))


@given(texts)
def test_the_way_a_text_is_encoded_makes_no_difference(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert words(unicodedata.normalize(form, text)) == words(text)
        assert tags(unicodedata.normalize(form, text)) == tags(text)


@given(st.lists(texts, max_size=4))
def test_a_row_is_read_without_the_others(rows: list[str]) -> None:
    together = title_tokens(pd.Series(rows, dtype="str", index=range(5, 5 + len(rows))))
    assert together.tolist() == [words(text) for text in rows]
