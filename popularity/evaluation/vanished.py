"""Posts whose photo is gone beside those whose photo is there: are they a random part, or posts of another kind?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from popularity.evaluation.bootstrap import CONFIDENCE, drawn_means
from popularity.web.reasons import Reason, way_of

MOST_USERS = 10
"""Users who are shown, those with the most photos gone first."""


@dataclass(frozen=True)
class Difference:
    """The mean label of posts whose photo is gone less that of those whose photo is there, and its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Vanished:
    """difference: None where one of the two kinds has no post, or fewer than two users have any.

    ways: a row a way to be gone, the most frequent first: way, posts, users, label. years, users: a row each: posts,
    gone, share, and kept and dropped, the mean labels of posts whose photo is there and gone, None where there are
    none. all_users: with a link; untouched, emptied: those of whom no photo is gone, and of whom every one is.
    """

    difference: Difference | None
    ways: list[dict[str, Any]]
    years: list[dict[str, Any]]
    users: list[dict[str, Any]]
    all_users: int
    untouched: int
    emptied: int

    @property
    def is_random(self) -> bool | None:
        """False where labels differ by more than drawing other users would make of it; None where nobody can tell."""
        if self.difference is None:
            return None
        return self.difference.low <= 0 <= self.difference.high


def compare(observed: pd.DataFrame, reasons: pd.DataFrame, seed: int) -> Vanished:
    """Compare them over posts that have a link.

    observed: of `scored.observed_posts`. reasons: columns pid, batch and reason, of the links tables.
    """
    posts = observed.merge(reasons, on=["pid", "batch"])
    posts = posts[posts["reason"] != Reason.NO_LINK]
    posts = posts.assign(
        gone=posts["reason"] != "",
        year=pd.to_datetime(posts["postdate"], unit="s").dt.year,
        way=posts["reason"].map(way_of),
    )
    by_user = _grouped(posts, "uid")
    return Vanished(
        difference=_difference(posts, seed),
        ways=_ways(posts[posts["gone"]]),
        years=_grouped(posts, "year"),
        users=sorted(by_user, key=lambda row: (-row["gone"], row["uid"]))[:MOST_USERS],
        all_users=len(by_user),
        untouched=sum(row["gone"] == 0 for row in by_user),
        emptied=sum(row["gone"] == row["posts"] for row in by_user),
    )


def _ways(gone: pd.DataFrame) -> list[dict[str, Any]]:
    found = gone.groupby("way").agg(posts=("pid", "size"), users=("uid", "nunique"), label=("observed", "mean"))
    rows = found.reset_index().sort_values(["posts", "way"], ascending=[False, True])
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.itertuples(index=False)]


def _grouped(posts: pd.DataFrame, by: str) -> list[dict[str, Any]]:
    rows = []
    for value in sorted(posts[by].unique()):
        some = posts[posts[by] == value]
        gone = some["gone"]
        kept, dropped = (some.loc[which, "observed"] for which in (~gone, gone))
        means = {name: float(one.mean()) if len(one) else None for name, one in (("kept", kept), ("dropped", dropped))}
        rows.append({by: int(value), "posts": len(some), "gone": len(dropped), "share": float(gone.mean()), **means})
    return rows


def _difference(posts: pd.DataFrame, seed: int) -> Difference | None:
    """Whole users are drawn, for a user's photos go together: who leaves takes all along."""
    gone, label = posts["gone"].to_numpy(np.float64), posts["observed"].to_numpy(np.float64)
    if not 0 < gone.sum() < len(gone):
        return None
    columns = np.stack([label * gone, gone, label * (1 - gone), 1 - gone], axis=1)
    drawn = drawn_means(posts["uid"].to_numpy(np.int64), columns, seed)
    if drawn is None:
        return None
    drawn = drawn[(drawn[:, 1] > 0) & (drawn[:, 3] > 0)]  # draws without one of the two say nothing
    outside = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1] - drawn[:, 2] / drawn[:, 3], [outside, 100 - outside])
    return Difference(float(label[gone > 0].mean() - label[gone == 0].mean()), float(low), float(high))
