"""What a crawl knows of its posts that nobody knew when they went out."""

from collections.abc import Iterable, Mapping

import pandas as pd

from popularity.settings import KNOWN_LATER, PAPER, Batch

MAY_HOLD_THE_POST = ("avgview",)
"""Columns of a user's other posts that hold the post itself, and later ones, where they were read at the crawl."""


def without_hindsight(posts: pd.DataFrame, batch: Batch, profile: str) -> pd.DataFrame:
    """The batch's posts; with what may hold a post itself left empty (NaN) if at_crawl, but for the paper's profile."""
    if not is_emptied(batch, profile):
        return posts
    return posts.assign(**dict.fromkeys(MAY_HOLD_THE_POST, float("nan")))


def is_emptied(batch: Batch, profile: str) -> bool:
    """Whether `without_hindsight` leaves columns of the batch empty.

    profile: "" for that of a bundle made before its name was kept, which saw them.
    """
    return profile not in (PAPER, "") and batch.read == "at_crawl"


def seen_later(features: Iterable[str], batches: Mapping[str, Batch], profile: str) -> list[str]:
    """The features that are known only after posting, or may be: those read at the crawl and not left empty."""
    read_late = any(batch.read == "at_crawl" and not is_emptied(batch, profile) for batch in batches.values())
    later = {*KNOWN_LATER, *(MAY_HOLD_THE_POST if read_late else ())}
    return [name for name in features if name in later]
