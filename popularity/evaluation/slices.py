"""Where one figure over all rows hides something: strangers, ranks within a user, the most popular posts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity.arrays import BoolArray, FloatArray, IntArray

MIN_ROWS_OF_A_USER = 5
"""Fewer rows than this make no rank worth averaging."""
FEW_POSTS = 5
"""Users of whom fewer posts than this were learned from."""


@dataclass(frozen=True)
class Sizes:
    """How many rows or users stand behind the figures of some rows."""

    ranked_users: int  # with MIN_ROWS_OF_A_USER rows or more
    top_tenth: int  # rows, as the next two
    new_users: int
    few_posts: int


@dataclass(frozen=True)
class Labels:
    """The labels of a group of posts, in log2 views; sd is of the sample (n - 1), None below two rows."""

    n: int
    mean: float | None
    sd: float | None


def sizes_of(rows: pd.DataFrame) -> Sizes:
    """rows: of a scored table, see `scored`."""
    known = rows["known"].to_numpy(np.int64)
    return Sizes(
        ranked_users=int((rows["uid"].value_counts() >= MIN_ROWS_OF_A_USER).sum()),
        top_tenth=_tenth(len(rows)),
        new_users=int((known == 0).sum()),
        few_posts=int((known < FEW_POSTS).sum()),
    )


def rho_within(uid: IntArray, observed: FloatArray, predicted: FloatArray) -> float | None:
    """The mean over users of each one's own Spearman's rho: does a model order a user's own posts?

    uid, observed, predicted: shape (n,). Users with fewer than MIN_ROWS_OF_A_USER rows, or with one label throughout,
    are left out, of every model alike. Where a model says one thing of all posts of a user, that user counts 0; None
    where no user is left, or the model orders no user's posts.
    """
    _, user, count = np.unique(uid, return_inverse=True, return_counts=True)
    rows = count[user] >= MIN_ROWS_OF_A_USER
    user = user[rows]
    truth, told = (_ranks_within(user, side[rows]) for side in (observed, predicted))
    spread, told_spread, both = (np.bincount(user, weights=w) for w in (truth * truth, told * told, truth * told))
    varied = spread > 0
    spread, told_spread, both = spread[varied], told_spread[varied], both[varied]
    if not (told_spread > 0).any():
        return None
    return float((both / np.sqrt(np.where(told_spread > 0, spread * told_spread, 1))).mean())


def _ranks_within(user: npt.NDArray[np.intp], values: FloatArray) -> FloatArray:
    """Ranks among a user's own values, ties averaged, less their mean; shape (n,)."""
    ranks = pd.Series(values).groupby(user).rank().to_numpy(np.float64)
    mean = np.bincount(user, weights=ranks) / np.maximum(np.bincount(user), 1)
    return np.asarray(ranks - mean[user])


def top_tenth(observed: FloatArray) -> IntArray:
    """Places of the tenth of the rows with the highest labels, rounded up; of equal ones the first. observed: (n,)."""
    return np.argsort(-observed, kind="stable")[: _tenth(len(observed))]


def new_users(known: IntArray) -> BoolArray:
    """Rows of users of whom nothing was learned, shape (n,). known: posts that were, shape (n,)."""
    return np.asarray(known == 0)


def few_posts(known: IntArray) -> BoolArray:
    """Rows of users of whom little was learned, or nothing, shape (n,). known: posts that were, shape (n,)."""
    return np.asarray(known < FEW_POSTS)


def _tenth(rows: int) -> int:
    return -(-rows // 10)


def labels_by_photo(observed: pd.DataFrame) -> dict[str, Labels]:
    """The labels of posts whose photo is there ("kept") and of those whose photo is gone ("dropped")."""
    return {
        name: Labels(
            n=len(label),
            mean=float(label.mean()) if len(label) else None,
            sd=float(label.std(ddof=1)) if len(label) > 1 else None,
        )
        for name, label in (
            ("kept", observed.loc[observed["has_photo"], "observed"]),
            ("dropped", observed.loc[~observed["has_photo"], "observed"]),
        )
    }
