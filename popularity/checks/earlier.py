"""The batches before one in params.yaml, and a batch's tables beside them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity import paths
from popularity.checks.bands import (
    LATEST_BATCHES,
    LEAST_POSTS,
    alive_band,
    least_filled,
    level_band,
    most_in_parts,
    most_share,
)
from popularity.checks.habits import WORDS, commonest_picture, habit_bounds, habits
from popularity.checks.swapped import as_if_swapped
from popularity.dataset.whole import whole_batches
from popularity.posts import DAY, read_table

LATEST = 10
"""How many of a user's latest posts tell the usual avgview: it is a running mean, which follows the user's growth."""

FACTOR = 2.0
"""In which a user's avgview lies from what is usual (within 1.3 for 98 of 100 posts of two real crawls)."""

UNLIKE = 0.25
"""Share of posts up to which avgview may lie beyond that: users grow, and some crawlers take the mean of few posts."""

YEAR = 365 * DAY
SILENT = 0.5
"""Share of users up to which a year without a post is no wonder."""

ONE_PICTURE = 0.2
"""Share of living photos up to which one picture is a fashion."""

FILLED = ("avgview", "groupcount", "avgmembercount")


@dataclass(frozen=True)
class Earlier:
    """The earlier batches. posts: columns of POSTS, of them all. links: columns alive and sha256 of each."""

    posts: pd.DataFrame
    links: tuple[pd.DataFrame, ...]

    def __str__(self) -> str:
        if not self.links:
            return "there is no earlier batch to compare with"
        return f"compared with {sum(map(len, self.links)):,} posts of {len(self.links)} earlier batches"


def read_earlier(batch: str, batches: Iterable[str], *, posts: bool = True) -> Earlier:
    """Read the whole batches that params.yaml lists before this one. posts: False leaves out their posts."""
    names = list(batches)
    before = whole_batches(names[: names.index(batch)])
    tables = [read_table(paths.posts(name)) for name in before] if posts else []
    return Earlier(
        posts=pd.concat(tables, ignore_index=True) if tables else read_table(paths.posts(batch)).iloc[:0],
        links=tuple(read_table(paths.links(name), ["alive", "sha256"]) for name in before),
    )


def beside_earlier(posts: pd.DataFrame, earlier: Earlier) -> pd.DataFrame:
    """A batch's posts with `habits` and what only the posts before them tell, 1 or 0 each but the last two.

    in_earlier_batches, unlike_in_earlier_batches: an earlier batch has the pid; and with another user or date.
    under_another_pid: an earlier batch has no such pid, and the same words of the user at that time.
    as_if_swapped: see `swapped`. year_of_silence: of a user's first post, more than a year after the user's last one.
    avgview_to_usual and avgview_unlike_users, which are the same, one for a rule on the level and one on each user:
    avgview over what is usual of the user, the median of the latest LATEST earlier posts; null where one of the two is
    not there or 0, and everywhere when fewer than LEAST_POSTS posts have it.
    """
    ratio = _over_usual(posts, earlier.posts)
    ratio = ratio if ratio.notna().sum() >= LEAST_POSTS else ratio * np.nan
    again = posts["pid"].isin(earlier.posts["pid"])
    alike = _among(posts, earlier.posts, ["pid", "uid", "postdate"])
    return posts.assign(
        **habits(posts),
        in_earlier_batches=again.astype(np.int64),
        unlike_in_earlier_batches=(again & ~alike).astype(np.int64),
        under_another_pid=(_among(posts, earlier.posts, WORDS) & ~again).astype(np.int64),
        as_if_swapped=as_if_swapped(posts, earlier.posts),
        year_of_silence=_silence(posts, earlier.posts),
        avgview_to_usual=ratio,
        avgview_unlike_users=ratio,
    )


def posts_bounds(posts: pd.DataFrame, earlier: Earlier) -> dict[str, float]:
    """Parameters of the posts suite. posts: what `beside_earlier` returns."""
    before = earlier.posts
    level_is_needed = posts["avgview_to_usual"].isna().all()
    least, most = level_band(posts["avgview"], before["avgview"]) if level_is_needed else (0.0, np.inf)
    own = _over_usual(before, before).dropna()
    far = (~own.between(1 / FACTOR, FACTOR)).astype(np.float64)
    unlike = most_share(far, posts["avgview_unlike_users"].count(), UNLIKE)
    silent = most_share(_silent_in_the_later_half(before), posts["year_of_silence"].count(), SILENT)
    filled = {f"least_filled_{name}": least_filled(posts[name], before[name]) for name in FILLED}
    levels = {
        "least_avgview": least,
        "most_avgview": most,
        "least_like_users": 1 - unlike,
        "least_heard_of": 1 - silent,
    }
    return {"tomorrow": time.time() + DAY, **levels, **filled, **habit_bounds(posts, before)}


def links_bounds(links: int, alive: int, earlier: Earlier) -> dict[str, float]:
    """Parameters of the links suite. links, alive: how many the batch has, and of living photos."""
    least, most = alive_band(links, [(int(table["alive"].sum()), len(table)) for table in earlier.links])
    pictures = [commonest_picture(table) for table in earlier.links[-LATEST_BATCHES:]]
    return {
        "least_alive_share": least,
        "least_dead_share": 1 - most,
        "least_without_of_commonest_picture": 1 - most_in_parts(pictures, alive, ONE_PICTURE),
    }


def _among(posts: pd.DataFrame, before: pd.DataFrame, columns: list[str]) -> "pd.Series[bool]":
    """Which posts have the values of an earlier post in all these columns."""
    one, other = (pd.util.hash_pandas_object(frame[columns], index=False) for frame in (posts, before))
    return one.isin(other)


def _silence(posts: pd.DataFrame, before: pd.DataFrame) -> "pd.Series[float]":
    """Of each user's first post, whether it comes more than a year after the user's last one; NaN of other posts.

    1 of all where nearly all come so long after the last post of anybody.
    """
    dates = posts["postdate"]
    if len(before) and dates.quantile(0.05) > before["postdate"].max() + YEAR:
        return pd.Series(1.0, index=posts.index)
    last = posts["uid"].map(before.groupby("uid")["postdate"].max())
    first = ~posts.sort_values(["postdate", "pid"])["uid"].duplicated().reindex(posts.index)
    return (dates > last + YEAR).astype(np.float64).where(first & last.notna())


def _silent_in_the_later_half(before: pd.DataFrame) -> "pd.Series[float]":
    """The same of the later half of the earlier posts, against the others."""
    dated = before.sort_values(["postdate", "pid"], kind="stable")
    half = len(dated) // 2
    return _silence(dated.iloc[half:], dated.iloc[:half])


def _over_usual(posts: pd.DataFrame, before: pd.DataFrame) -> "pd.Series[float]":
    known = before[before["avgview"] > 0].sort_values(["postdate", "pid"])
    usual = known.groupby("uid").tail(LATEST).groupby("uid")["avgview"].median()
    return posts["avgview"].where(posts["avgview"] > 0) / posts["uid"].map(usual).astype(np.float64)
