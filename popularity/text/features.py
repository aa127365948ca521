"""The text table: tokens of tags and title, sentiment of the description. Nothing here sees a label.

A new column of numbers is a line of COLUMNS; `dataset.features` in params.yaml makes it a feature.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from tqdm import tqdm

from popularity.arrays import FloatArray
from popularity.encoders.tokens import tag_tokens, title_tokens
from popularity.posts import NOT_SAID, said
from popularity.text.cleaning import clean
from popularity.text.sentiment import Read, Sentiment

CHUNK = 1000
WORDS = ("alltags", "title", "description")


class Column(NamedTuple):
    """A column of the text table, and what reads it from n posts and their n descriptions' sentiment."""

    type: pa.DataType
    read: Callable[[pd.DataFrame, Read], "pd.Series[Any] | FloatArray"]


COLUMNS = {
    "tags": Column(pa.list_(pa.string()), lambda posts, _: tag_tokens(posts["alltags"])),  # each once, in order
    "title": Column(pa.list_(pa.string()), lambda posts, _: title_tokens(posts["title"].map(clean))),  # so too
    "sentiment": Column(pa.float64(), lambda _, read: read.score),  # 0 to 4, 2 for an empty description
}
TEXT = pa.schema([("pid", pa.int64()), *((name, column.type) for name, column in COLUMNS.items())])


def read_posts(posts: pd.DataFrame, sentiment: Sentiment) -> pd.DataFrame:
    """The text table of posts (columns pid, alltags, title, description), in their order.

    Its further column `foreign` says whose description is not English.
    """
    tables = []
    with tqdm(total=len(posts), desc="text_features", unit="post") as bar:
        for start in range(0, len(posts), CHUNK):
            tables.append(read_chunk(posts.iloc[start : start + CHUNK], sentiment))
            bar.update(len(tables[-1]))
    return pd.concat(tables) if tables else TEXT.empty_table().to_pandas().assign(foreign=False)


def read_chunk(chunk: pd.DataFrame, sentiment: Sentiment) -> pd.DataFrame:
    """The text table of some posts."""
    read = sentiment.read(chunk["description"].map(said).tolist())
    columns = {name: column.read(chunk, read) for name, column in COLUMNS.items()}
    return pd.DataFrame({"pid": chunk["pid"], **columns, "foreign": read.foreign})


def counts(posts: pd.DataFrame, text: pd.DataFrame) -> dict[str, Any]:
    """Rows in, rows out, posts that have nothing to read, and of these in which a word stands for nothing."""
    words = posts[list(WORDS)].apply(lambda column: column.str.strip())
    return {
        "rows_in": len(posts),
        "rows_out": len(text),
        "dropped": {},
        "without_tags": int((text["tags"].str.len() == 0).sum()),
        "without_title": int((words["title"].map(said) == "").sum()),
        "without_description": int((words["description"].map(said) == "").sum()),
        "word_for_nothing": {column: int(words[column].isin(NOT_SAID).sum()) for column in WORDS},
        "description_not_english": int(text["foreign"].sum()),
    }
