"""The text table: tokens of tags and title, sentiment of the description. Nothing here sees a label.

A new column of numbers is a line of COLUMNS; `dataset.features` in params.yaml makes it a feature.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from popularity.arrays import FloatArray
from popularity.encoders.tokens import tag_tokens, title_tokens
from popularity.posts import NOT_SAID, said
from popularity.text.cleaning import clean
from popularity.text.language import OTHER, UNKNOWN
from popularity.text.sentiment import Read, Sentiment

WORDS = ("alltags", "title", "description")


class Column(NamedTuple):
    """A column of the text table, and what reads it from n posts and their n descriptions' sentiment."""

    type: pa.DataType
    read: Callable[[pd.DataFrame, Read], "pd.Series[Any] | FloatArray"]


COLUMNS = {
    "tags": Column(pa.list_(pa.string()), lambda posts, _: tag_tokens(posts["alltags"])),  # each once, in order
    "title": Column(pa.list_(pa.string()), lambda posts, _: title_tokens(posts["title"].map(clean))),  # so too
    "sentiment": Column(pa.float64(), lambda _, read: read.score),  # 0 to 4, 2 where there is nothing to read
}
TEXT = pa.schema([("pid", pa.int64()), *((name, column.type) for name, column in COLUMNS.items())])


def read_posts(posts: pd.DataFrame, sentiment: Sentiment) -> pd.DataFrame:
    """The text table of posts (columns pid, uid, alltags, title, description), in their order.

    Its further column `language` says what each description is in, as popularity.text.language names it.
    """
    read = sentiment.read(posts["description"].map(said).tolist(), posts["uid"].tolist())
    columns = {name: column.read(posts, read) for name, column in COLUMNS.items()}
    return pd.DataFrame({"pid": posts["pid"], **columns, "language": read.language})


def counts(posts: pd.DataFrame, text: pd.DataFrame) -> dict[str, Any]:
    """Rows in, rows out, posts that have nothing to read, and those in which a word stands for nothing.

    Descriptions that are not English, or too short to tell with no longer one in the batch, have the sentiment 2.
    """
    words = posts[list(WORDS)].apply(lambda column: column.str.strip())
    return {
        "rows_in": len(posts),
        "rows_out": len(text),
        "dropped": {},
        "without_tags": int((text["tags"].str.len() == 0).sum()),
        "without_title": int((words["title"].map(said) == "").sum()),
        "without_description": int((words["description"].map(said) == "").sum()),
        "word_for_nothing": {column: int(words[column].isin(NOT_SAID).sum()) for column in WORDS},
        "description_not_english": int((text["language"] == OTHER).sum()),
        "description_language_unknown": int((text["language"] == UNKNOWN).sum()),
    }
