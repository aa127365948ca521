"""A batch's tables as the suites see them: with the columns that a rule compares.

Rows that should be in another table are counted in a column of that table's name, so that a rule can say "each post has
one link" and name the posts that don't. Such a table has a row for every pid of any of its parts.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from popularity.posts import photo_shards, read_table


def labels_table(pids: Iterable[int], labels: pd.DataFrame) -> pd.DataFrame:
    """The label rows, with the counts `posts` and `labels`. pids: of the batch's posts."""
    return _joined({"posts": pids, "labels": labels["pid"]}, labels)


def text_table(pids: Iterable[int], text: pd.DataFrame) -> pd.DataFrame:
    """The columns of numbers, with the counts `posts` and `texts`. pids: of the batch's posts."""
    return _joined({"posts": pids, "texts": text["pid"]}, text.select_dtypes("number"))


def links_table(posts: pd.DataFrame, links: pd.DataFrame, photos: Path, answers: pd.DataFrame) -> pd.DataFrame:
    """The link rows and each photo's `photo_sha256`, with the counts `posts`, `links` and `photos`.

    `temporary`: whether the answer was one. posts: the batch's, columns pid and image_url. photos: the folder of
    shards. answers: columns link and final.
    """
    stored = pd.concat([read_table(shard, ["pid", "sha256"]) for shard in photo_shards(photos)], ignore_index=True)
    table = _joined({"posts": posts["pid"], "links": links["pid"], "photos": stored["pid"]}, links)
    digest = stored.drop_duplicates("pid").set_index("pid")["sha256"]
    passing = posts.loc[posts["image_url"].isin(answers.loc[~answers["final"], "link"]), "pid"]
    return table.assign(photo_sha256=table["pid"].map(digest), temporary=table["pid"].isin(passing))


def _joined(parts: dict[str, Iterable[int]], rows: pd.DataFrame) -> pd.DataFrame:
    """The rows beside how often each part holds their pid; columns of rows are null for a pid of other parts alone."""
    counted = pd.DataFrame({name: pd.Series(list(pids), dtype="int64").value_counts() for name, pids in parts.items()})
    counts = counted.fillna(0).astype("int64").rename_axis("pid").reset_index()
    return counts.merge(rows, on="pid", how="left").sort_values("pid", kind="stable", ignore_index=True)
