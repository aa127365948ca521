"""How far chance alone moves a mean over posts: intervals by drawing whole users.

Posts of one user are no independent evidence, so whole users are drawn, as clusters (Efron and Tibshirani, 1993,
chapter 8), and the interval is the percentile one (chapter 13).
"""

import numpy as np

from popularity.arrays import FloatArray, IntArray

DRAWS = 10_000
CONFIDENCE = 0.95
AT_ONCE = 4_000_000
"""Numbers of one array in memory at a time."""


def intervals(uid: IntArray, values: FloatArray, seed: int) -> FloatArray | None:
    """The middle 95 % of each column's mean over posts, shape (k, 2): low, high; None with fewer than two users.

    uid: whose posts these are, shape (n,). values: shape (n, k); all columns see the same draws, so that the mean of a
    difference is that of paired posts. The same seed gives the same intervals.
    """
    means = drawn_means(uid, values, seed)
    outside = 50 * (1 - CONFIDENCE)
    return None if means is None else np.asarray(np.percentile(means, [outside, 100 - outside], axis=0).T)


def drawn_means(uid: IntArray, values: FloatArray, seed: int) -> FloatArray | None:
    """Each column's mean over posts in each of DRAWS draws of users, shape (DRAWS, k); None with fewer than two users.

    uid, values, seed: as in `intervals`.
    """
    users, place = np.unique(uid, return_inverse=True)
    if len(users) < 2:
        return None
    total = np.stack([np.bincount(place, weights=column) for column in values.T], axis=1).astype(np.float64)
    posts = np.bincount(place).astype(np.float64)
    random = np.random.default_rng(seed)
    size = max(1, AT_ONCE // len(users))
    means = [_means(total, posts, min(size, DRAWS - start), random) for start in range(0, DRAWS, size)]
    return np.concatenate(means)


def _means(total: FloatArray, posts: FloatArray, draws: int, random: np.random.Generator) -> FloatArray:
    """Means of as many draws of all users, shape (draws, k). total: each user's sums, shape (users, k)."""
    users = len(posts)
    drawn = random.integers(users, size=(draws, users)) + users * np.arange(draws)[:, None]
    times = np.bincount(drawn.ravel(), minlength=draws * users).reshape(draws, users).astype(np.float64)
    means: FloatArray = (times @ total) / (times @ posts)[:, None]
    return means
