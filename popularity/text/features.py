"""The text table: tokens of tags and title, sentiment of the description. Nothing here sees a label."""

from typing import Any

import pandas as pd
from tqdm import tqdm

from popularity.posts import TEXT
from popularity.text.sentiment import Sentiment
from popularity.text.tokens import tag_tokens, title_tokens

CHUNK = 1000


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
    read = sentiment.read(chunk["description"].tolist())
    return pd.DataFrame(
        {
            "pid": chunk["pid"],
            "tags": tag_tokens(chunk["alltags"]),
            "title": title_tokens(chunk["title"]),
            "sentiment": read.score,
            "foreign": read.foreign,
        }
    )


def counts(posts: pd.DataFrame, text: pd.DataFrame) -> dict[str, Any]:
    """Rows in, rows out, and posts that have nothing to read."""
    return {
        "rows_in": len(posts),
        "rows_out": len(text),
        "dropped": {},
        "without_tags": int((text["tags"].str.len() == 0).sum()),
        "without_title": int((posts["title"].str.strip() == "").sum()),
        "without_description": int((posts["description"].str.strip() == "").sum()),
        "description_not_english": int(text["foreign"].sum()),
    }
