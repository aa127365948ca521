from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from popularity.text import features
from popularity.text.features import TEXT, counts, read_chunk, read_posts
from popularity.text.sentiment import Read, Sentiment

POSTS = pd.DataFrame(
    {
        "pid": [1, 2, 3, 4],
        "alltags": ["#a b", "", "c", ""],
        "title": ["One", "Two two", " ", "!"],
        "description": ["same", "other", "same", ""],
    }
)


class Lengths(Sentiment):
    """Scores a text by its length."""

    def __init__(self) -> None:
        pass

    def read(self, texts: Sequence[str]) -> Read:
        return Read(np.array([len(text) for text in texts], dtype=np.float64), np.array([t == "other" for t in texts]))


def test_each_row_gets_its_own_score() -> None:
    assert read_chunk(POSTS, Lengths())["sentiment"].tolist() == [4, 5, 4, 0]


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_posts(POSTS, Lengths())
    monkeypatch.setattr(features, "CHUNK", 3)
    pd.testing.assert_frame_equal(read_posts(POSTS, Lengths()), whole)


def test_no_posts_at_all_are_no_error() -> None:
    text = read_posts(POSTS.head(0), Lengths())
    assert text.columns.tolist() == [*TEXT.names, "foreign"]
    assert counts(POSTS.head(0), text)["rows_in"] == 0


def test_posts_with_nothing_to_read_are_counted() -> None:
    assert counts(POSTS, read_posts(POSTS, Lengths())) == {
        "rows_in": 4,
        "rows_out": 4,
        "dropped": {},
        "without_tags": 2,
        "without_title": 1,
        "without_description": 1,
        "word_for_nothing": {"alltags": 0, "title": 0, "description": 0},
        "description_not_english": 1,
    }


def test_a_word_for_nothing_is_nothing_to_read_and_counted() -> None:
    posts = pd.DataFrame(
        {"pid": [1, 2], "alltags": ["nan", "a"], "title": ["None", " null "], "description": ["NaN", "Nan came."]}
    )
    text = read_posts(posts, Lengths())
    found = counts(posts, text)
    assert text["sentiment"].tolist() == [0, 9]
    assert [found[f"without_{column}"] for column in ("tags", "title", "description")] == [1, 2, 1]
    assert found["word_for_nothing"] == {"alltags": 1, "title": 2, "description": 1}


def test_links_and_markup_are_no_words_of_a_title() -> None:
    posts = POSTS.assign(title=["At http://example.org/a lake", "www.example.org/b", "<b>Lake</b> &amp; sky", "3 < 4"])
    assert read_chunk(posts, Lengths())["title"].tolist() == [["at", "lake"], [], ["lake", "sky"], ["3", "4"]]
