from collections.abc import Sequence

import numpy as np
import pandas as pd

from popularity.text.backends.vader import Vader
from popularity.text.features import TEXT, counts, read_posts
from popularity.text.sentiment import Read, Sentiment

POSTS = pd.DataFrame(
    {
        "pid": [1, 2, 3, 4],
        "uid": [7, 7, 8, 8],
        "alltags": ["#a b", "", "c", ""],
        "title": ["One", "Two two", " ", "!"],
        "description": ["same", "other", "short", ""],
    }
)


class Lengths(Sentiment):
    """Scores a text by its length."""

    def __init__(self) -> None:
        pass

    def read(self, texts: Sequence[str], users: Sequence[int] | None = None) -> Read:
        language = {"other": "other", "short": "unknown"}
        return Read(
            np.array([len(text) for text in texts], dtype=np.float64),
            np.array([language.get(text, "english") for text in texts]),
        )


def test_each_row_gets_its_own_score() -> None:
    assert read_posts(POSTS, Lengths())["sentiment"].tolist() == [4, 5, 5, 0]


def test_no_posts_at_all_are_no_error() -> None:
    text = read_posts(POSTS.head(0), Lengths())
    assert text.columns.tolist() == [*TEXT.names, "language"]
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
        "description_language_unknown": 1,
    }


def test_a_word_for_nothing_is_nothing_to_read_and_counted() -> None:
    posts = pd.DataFrame(
        {
            "pid": [1, 2],
            "uid": 7,
            "alltags": ["nan", "a"],
            "title": ["None", " null "],
            "description": ["NaN", "Nan came."],
        }
    )
    text = read_posts(posts, Lengths())
    found = counts(posts, text)
    assert text["sentiment"].tolist() == [0, 9]
    assert [found[f"without_{column}"] for column in ("tags", "title", "description")] == [1, 2, 1]
    assert found["word_for_nothing"] == {"alltags": 1, "title": 2, "description": 1}


def test_links_and_markup_are_no_words_of_a_title() -> None:
    posts = POSTS.assign(title=["At http://example.org/a lake", "www.example.org/b", "<b>Lake</b> &amp; sky", "3 < 4"])
    assert read_posts(posts, Lengths())["title"].tolist() == [["at", "lake"], [], ["lake", "sky"], ["3", "4"]]


def test_words_right_behind_a_link_stay_in_the_title() -> None:
    posts = POSTS.assign(title=["看https://t.co/a海滩", "海滩（https://t.co/a）", "", ""])
    assert read_posts(posts, Lengths())["title"].tolist() == [["看", "海滩"], ["海滩"], [], []]


def test_a_short_description_is_read_in_its_users_language() -> None:
    long = {7: "We walked along the river for a whole day", 8: "Wir sind den ganzen Tag am Fluss entlang gelaufen"}
    posts = pd.DataFrame({"pid": range(4), "uid": [7, 8, 8, 7], "alltags": "", "title": ""})
    posts["description"] = [long[7], "Die, die!", long[8], "Die, die!"]
    text = read_posts(posts, Sentiment(Vader(), 0.99))
    assert text["language"].tolist() == ["english", "other", "other", "english"]
    assert text["sentiment"].tolist()[1] == 2 > text["sentiment"].tolist()[3]
