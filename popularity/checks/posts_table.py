"""A batch's posts as their suite sees them. By itself: which photos are there does not hang on how tags are read."""

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray, IntArray
from popularity.checks.bands import LEAST_POSTS
from popularity.checks.texts import mojibake
from popularity.encoders.tokens import split_tags

YEAR = 365 * 86_400
"""Seconds."""

FEW = 0.05
"""The share of posts up to which clocks are wrong, rather than a crawl with a pause."""


def posts_table(posts: pd.DataFrame) -> pd.DataFrame:
    """Posts with `tags_in_alltags`, `ahead_of_all_others` (0 or 1) and `mojibake` (0, 1 or NaN).

    tags_in_alltags: the number of tags that alltags holds, those that come twice counted twice. mojibake: see `texts`.
    """
    return posts.assign(
        tags_in_alltags=[float(len(split_tags(tags))) for tags in posts["alltags"]],
        mojibake=mojibake(posts, LEAST_POSTS),
        ahead_of_all_others=_ahead_of_all_others(posts["postdate"].to_numpy(np.float64)),
    )


def _ahead_of_all_others(dates: FloatArray) -> IntArray:
    """Which of the latest posts lie a year and more, and longer than all others span, after the others, shape (n,).

    dates: Unix seconds, shape (n,). At most FEW of the posts are ahead; a batch of fewer than two has none.
    """
    order = np.sort(dates)
    gaps, span = np.diff(order), order[:-1] - order[:1]
    ahead = (gaps > YEAR) & (gaps > span) & (np.arange(1, len(order)) >= len(order) * (1 - FEW))
    return np.asarray(dates > order[:-1][ahead].min(initial=np.inf), dtype=np.int64)
