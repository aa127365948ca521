"""What a crawl knows of its posts that nobody knew when they went out."""

import pandas as pd

from popularity.settings import PRE_PUBLICATION, Batch

MAY_HOLD_THE_POST = ("avgview",)
"""Columns of a user's other posts that hold the post itself, and later ones, where they were read at the crawl."""


def without_hindsight(posts: pd.DataFrame, batch: Batch, profile: str) -> pd.DataFrame:
    """The batch's posts; in profile pre_publication with what may hold a post itself left empty (NaN), if at_crawl."""
    if not is_emptied(batch, profile):
        return posts
    return posts.assign(**dict.fromkeys(MAY_HOLD_THE_POST, float("nan")))


def is_emptied(batch: Batch, profile: str) -> bool:
    """Whether `without_hindsight` leaves columns of the batch empty."""
    return profile == PRE_PUBLICATION and batch.read == "at_crawl"
