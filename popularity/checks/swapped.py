"""Do the lengths of titles and descriptions speak for the two being swapped?"""

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray, IntArray
from popularity.checks.bands import LEAST_POSTS

SIZES = 12
"""Of texts: none, 1 character, 2 or 3, up to 7, and on in powers of two; the last is without an end."""


def as_if_swapped(posts: pd.DataFrame, earlier: pd.DataFrame) -> FloatArray:
    """Which posts' two texts were commoner in earlier posts the other way round, 1 or 0, shape (n,).

    0 of all unless titles by themselves look like earlier descriptions, and descriptions like titles: where titles are
    lost, descriptions look as ever. NaN where neither way was commoner, and everywhere with fewer than LEAST_POSTS
    posts on either side. posts, earlier: columns title and description.
    """
    if min(len(posts), len(earlier)) < LEAST_POSTS:
        return np.full(len(posts), np.nan)
    counts = np.zeros((SIZES, SIZES))
    np.add.at(counts, (_size(earlier["title"]), _size(earlier["description"])), 1)
    title, description = _size(posts["title"]), _size(posts["description"])
    straight, swapped = counts[title, description], counts[description, title]
    likely_title, likely_description = (np.log(counts.sum(axis=axis) + 0.5) for axis in (1, 0))
    more_a_description = likely_description - likely_title
    if more_a_description[title].sum() <= 0 or more_a_description[description].sum() >= 0:
        return np.zeros(len(posts))
    return np.where(straight == swapped, np.nan, (swapped > straight).astype(np.float64))


def _size(text: "pd.Series[str]") -> IntArray:
    letters = text.str.len().to_numpy(np.float64)
    return np.minimum(np.ceil(np.log2(letters + 1)), SIZES - 1).astype(np.int64)
