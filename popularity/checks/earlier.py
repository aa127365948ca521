"""What the batches before one in params.yaml looked like, and how far the next may be from it.

The bands are wide: they tell a broken crawl from a whole one and leave a changed world to the drift check. Figures of
fewer than LEAST_POSTS posts bound nothing, and so does a batch that is smaller than that.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity import paths
from popularity.dataset.whole import whole_batches
from popularity.posts import read_table

LEAST_POSTS = 20
LATEST = 10
"""How many of a user's latest posts tell the usual avgview: it is a running mean, which follows the user's growth."""

LEVEL_FACTOR = 100.0
"""Between two crawls of unlike users medians of avgview differ by a factor of ten; a unit is off by a thousand."""

FILLED_FACTOR = 3.0
"""On a night when half of the users are new, and so without an avgview, half of it is filled."""

ODDS_FACTOR = 3.0
"""In a real crawl of older and of newer posts the odds of a living photo differed by a factor of 3.0."""

LATEST_BATCHES = 10
"""How many batches tell the usual share of living links: it falls as photos age, over years."""

SIGMAS = 3.0
FILLED = ("avgview", "groupcount", "avgmembercount")


@dataclass(frozen=True)
class Earlier:
    """The earlier batches. posts: pid, uid, postdate and FILLED of them all. alive: (alive, all) links of each."""

    posts: pd.DataFrame
    alive: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        if not self.alive:
            return "there is no earlier batch to compare with"
        return f"compared with {len(self.posts):,} posts of {len(self.alive)} earlier batches"


def read_earlier(batch: str, batches: Iterable[str]) -> Earlier:
    """Read the posts and links of the whole batches that params.yaml lists before this one."""
    names = list(batches)
    before = whole_batches(names[: names.index(batch)])
    columns = ["pid", "uid", "postdate", *FILLED]
    posts = [read_table(paths.posts(name), columns) for name in before]
    alive = [read_table(paths.links(name), ["alive"])["alive"] for name in before]
    return Earlier(
        posts=pd.concat(posts, ignore_index=True) if posts else pd.DataFrame(columns=columns, dtype=np.float64),
        alive=tuple((int(links.sum()), len(links)) for links in alive),
    )


def beside_earlier(posts: pd.DataFrame, earlier: Earlier) -> pd.DataFrame:
    """A batch's posts with `in_earlier_batches`, `unlike_in_earlier_batches` (0 or 1 each) and `avgview_to_usual`.

    unlike_in_earlier_batches: an earlier batch has the pid with another user or date. avgview_to_usual:
    avgview over what is usual of the user, the median of the latest LATEST earlier posts; null where one of the two is
    not there or 0, and everywhere when fewer than LEAST_POSTS posts have it.
    """
    ratio = _over_usual(posts, earlier)
    again = posts["pid"].isin(earlier.posts["pid"])
    keys = ["pid", "uid", "postdate"]
    alike = pd.MultiIndex.from_frame(posts[keys]).isin(pd.MultiIndex.from_frame(earlier.posts[keys]))
    return posts.assign(
        in_earlier_batches=again.astype(np.int64),
        unlike_in_earlier_batches=(again & ~alike).astype(np.int64),
        avgview_to_usual=ratio if ratio.notna().sum() >= LEAST_POSTS else np.nan,
    )


def posts_bounds(posts: pd.DataFrame, earlier: Earlier) -> dict[str, float]:
    """Parameters of the posts suite. posts: what `beside_earlier` returns."""
    level_is_needed = posts["avgview_to_usual"].isna().all()
    least, most = level_band(posts["avgview"], earlier.posts["avgview"]) if level_is_needed else (0.0, math.inf)
    filled = {f"least_filled_{name}": least_filled(posts[name], earlier.posts[name]) for name in FILLED}
    return {"least_avgview": least, "most_avgview": most, **filled}


def links_bounds(links: int, earlier: Earlier) -> dict[str, float]:
    """Parameters of the links suite. links: how many the batch has."""
    least, most = alive_band(links, earlier.alive)
    return {"least_alive_share": least, "least_dead_share": 1 - most}


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
    error_low, error_high = (math.sqrt(share * (1 - share) / links) for share in (low, high))
    return max(low - SIGMAS * error_low, 0.0), min(high + SIGMAS * error_high, 1.0)


def _moved(share: float, factor: float) -> float:
    odds = share / (1 - share) * factor
    return odds / (1 + odds)


def _over_usual(posts: pd.DataFrame, earlier: Earlier) -> "pd.Series[float]":
    known = earlier.posts[earlier.posts["avgview"] > 0].sort_values(["postdate", "pid"])
    usual = known.groupby("uid").tail(LATEST).groupby("uid")["avgview"].median()
    return posts["avgview"].where(posts["avgview"] > 0) / posts["uid"].map(usual).astype(np.float64)
