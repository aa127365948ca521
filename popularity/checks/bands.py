"""How far figures of a batch may lie from those of the batches before it.

The bands are wide: they tell a broken crawl from a whole one and leave a changed world to the drift check. Figures of
fewer than LEAST_POSTS posts bound nothing, and so does a batch that is smaller than that.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

LEAST_POSTS = 20

LEVEL_FACTOR = 100.0
"""Between two crawls of unlike users medians of avgview differ by a factor of ten; a unit is off by a thousand."""

FILLED_FACTOR = 3.0
"""On a night when half of the users are new, and so without an avgview, half of it is filled."""

ODDS_FACTOR = 3.0
"""In a real crawl of older and of newer posts the odds of a living photo differed by a factor of 3.0."""

LATEST_BATCHES = 10
"""How many batches tell the usual share of living links: it falls as photos age, over years."""

SIGMAS = 3.0


def level_band(avgview: "pd.Series[float]", before: "pd.Series[float]") -> tuple[float, float]:
    """Where half of a batch's avgview must lie: the earlier median of those above 0, LEVEL_FACTOR times up and down."""
    known = before[before > 0]
    if len(known) < LEAST_POSTS or avgview.notna().sum() < LEAST_POSTS:
        return 0.0, math.inf
    return float(known.median()) / LEVEL_FACTOR, float(known.median()) * LEVEL_FACTOR


def least_filled(column: "pd.Series[float]", before: "pd.Series[float]") -> float:
    """The least share of a column that must be filled: a third of the earlier share."""
    if min(len(column), len(before)) < LEAST_POSTS:
        return 0.0
    return float(before.notna().mean()) / FILLED_FACTOR


def alive_band(links: int, earlier: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Between which shares of links may be alive.

    The median share of the LATEST_BATCHES earlier ones (so that one night of dead links hides no second), moved by
    ODDS_FACTOR in odds to both sides, and then by SIGMAS standard errors of a share of this many links.
    earlier: (alive, all) of each batch.
    """
    shares = [(alive + 0.5) / (all_ + 1) for alive, all_ in earlier if all_ >= LEAST_POSTS]  # never quite 0 or 1
    if not shares or links < LEAST_POSTS:
        return 0.0, 1.0
    usual = float(np.median(shares[-LATEST_BATCHES:]))
    low, high = _moved(usual, 1 / ODDS_FACTOR), _moved(usual, ODDS_FACTOR)
    return max(low - _error(low, links), 0.0), min(high + _error(high, links), 1.0)


def most_share(seen: "pd.Series[float]", posts: int, least: float) -> float:
    """The largest share of a batch's posts that may do what these earlier ones did or not, 1 or 0, NaN unknown.

    Their share, moved by ODDS_FACTOR in odds, and then by SIGMAS standard errors of the two shares. least: a share that
    is never too large, whatever the earlier ones did, but for chance. 1 where too few posts tell.
    """
    known = seen.dropna()
    if min(len(known), posts) < LEAST_POSTS:
        return 1.0
    usual = _moved((float(known.sum()) + 0.5) / (len(known) + 1), ODDS_FACTOR)
    return min(max(usual + _error(usual, posts, len(known)), least + _error(least, posts)), 1.0)


def most_in_parts(parts: Iterable["pd.Series[float]"], posts: int, least: float, *, bursts: bool = False) -> float:
    """`most_share` of that part of the earlier posts that had most, but for a quarter of the parts, the highest ones.

    So a damaged night or two that were let in hide no third one. 1 where there is no part. bursts: what they do comes
    rarely and then often, and no part is left out.
    """
    shares = sorted((most_share(part, posts, least) for part in parts), reverse=True)
    return shares[0 if bursts else len(shares) // 4] if shares else 1.0


def _error(share: float, *posts: int) -> float:
    """So many standard errors as a band is wide of the difference of shares of so many posts each."""
    return SIGMAS * math.sqrt(share * (1 - share) * sum(1 / n for n in posts))


def _moved(share: float, factor: float) -> float:
    odds = share / (1 - share) * factor
    return odds / (1 + odds)
