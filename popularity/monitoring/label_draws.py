"""What right labels of a batch's users may do: residuals drawn from labels that the champion's figures were made of.

Each user of the batch is given the residuals of one of their users, drawn by chance, as many in a row as it has posts.
So limits are wider for small batches and for those of few users.
"""

import numpy as np
from scipy.stats import rankdata

from popularity.arrays import FloatArray, IntArray
from popularity.monitoring.known_labels import KnownLabels

DRAWS = 1000
EACH, MOST = 10, 2000
"""Labels of a user, and of all, that limits are drawn for, evenly taken: no user decides alone; more narrow nothing."""


def kept(uid: IntArray) -> IntArray:
    """Which of the labels of these users limits are drawn for, in their order."""
    place, count = _places(uid)
    found = np.flatnonzero(place * EACH // count != (place - 1) * EACH // count)
    return found[np.unique(np.linspace(0, len(found) - 1, min(len(found), MOST)).round().astype(np.int64))]


def _places(uid: IntArray) -> tuple[IntArray, IntArray]:
    """Which of its user's labels each is, from 0, and how many that user has."""
    _, user, count = np.unique(uid, return_inverse=True, return_counts=True)
    order = np.argsort(user, kind="stable")
    place = np.empty(len(uid), np.int64)
    place[order] = np.arange(len(uid)) - (np.cumsum(count) - count)[user[order]]
    return place, count[user]


def draws(uid: IntArray, known: KnownLabels, rng: np.random.Generator) -> FloatArray:
    """Residuals as right labels of these users' posts may have, shape (DRAWS, n)."""
    order = np.argsort(known.uid, kind="stable")
    residual = known.residual[order]
    _, first, count = np.unique(known.uid[order], return_index=True, return_counts=True)
    _, user = np.unique(uid, return_inverse=True)
    place, _ = _places(uid)
    other = rng.choice(len(first), (DRAWS, user.max() + 1), p=count / count.sum())
    start = (rng.random(other.shape) * count[other]).astype(np.int64)
    return np.asarray(residual[first[other][:, user] + (start[:, user] + place) % count[other][:, user]])


def spread(residuals: FloatArray) -> FloatArray:
    """The mean distance from the median of each row."""
    return np.asarray(np.abs(off_the_others(residuals)).mean(axis=1))


def off_the_others(residuals: FloatArray) -> FloatArray:
    """How far each lies from the median of its row."""
    return np.asarray(residuals - np.median(residuals, axis=1, keepdims=True))


def agreement(expected: FloatArray, labels: FloatArray) -> FloatArray:
    """Spearman's rho of each row of labels, shape (b, n), with expected, shape (n,); NaN where either is all alike."""
    x, y = rankdata(expected), rankdata(labels, axis=1)
    x, y = x - x.mean(), y - y.mean(axis=1, keepdims=True)
    scale = np.sqrt((x @ x) * (y * y).sum(axis=1))
    return np.asarray(np.divide(y @ x, scale, out=np.full(len(y), np.nan), where=scale > 0), dtype=np.float64)
