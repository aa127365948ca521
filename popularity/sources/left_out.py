"""Posts of people who asked to be forgotten are left out of a crawl that brings them again, whatever its layout."""

from dataclasses import replace

import pandas as pd

from popularity.arrays import BoolArray
from popularity.forgotten import REASON, Forgotten, whole_number
from popularity.sources.crawl import Crawl
from popularity.sources.ids import stable_id


def without_forgotten(crawl: Crawl, forgotten: Forgotten) -> Crawl:
    """The crawl without their posts, which `dropped` counts, and without what was set aside of theirs.

    A row that was set aside stays counted by its own reason.
    """
    if not forgotten:
        return crawl
    gone = forgotten.rows(crawl.posts["pid"], crawl.posts["uid"])
    knowing = forgotten.adding(posts=crawl.posts.loc[gone, "pid"])
    return replace(
        crawl,
        posts=crawl.posts[~gone].reset_index(drop=True),
        labels=crawl.labels[~crawl.labels["pid"].isin(crawl.posts.loc[gone, "pid"])].reset_index(drop=True),
        rejected=crawl.rejected[~of_rejected(crawl.rejected, knowing)].reset_index(drop=True),
        dropped=crawl.dropped | ({REASON: int(gone.sum())} if gone.any() else {}),
    )


def of_rejected(rejected: pd.DataFrame, forgotten: Forgotten) -> BoolArray:
    """Which rows that were set aside are theirs, shape (n,), as far as they name a post or a user.

    rejected: with pid and, where its source says it, uid, both as text.
    """
    columns = [rejected[name].fillna("") if name in rejected else [""] * len(rejected) for name in ("pid", "uid")]
    return forgotten.rows(*([number_of(text) for text in texts] for texts in columns))


def number_of(text: str) -> int:
    """The number that stands for an id as a file writes it, wherever such a row is read; -1 where there is none."""
    number = whole_number(text)
    if number is None and text.strip() and not any("\ud800" <= letter <= "\udfff" for letter in text):
        return stable_id(text.strip())
    return -1 if number is None else number
