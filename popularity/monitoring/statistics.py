"""The distances between a batch and the reference, as Evidently computes them, for many draws at once.

A draw is a part of the rows at hand, compared with all the others. To compare two tables, stack them.
"""

import numpy as np

from popularity.dataset import BoolArray, FloatArray
from popularity.settings import DriftMethod

LEAST_DEVIATION = 0.001
"""Evidently's: no column is normed by less."""


def distances(method: DriftMethod, values: FloatArray, drawn: BoolArray) -> FloatArray:
    """The distance between the drawn rows and the others, for each draw.

    values: shape (m,), not NaN. drawn: masks, shape (draws, m).
    Returns shape (draws,), NaN where a draw has no row or all rows.
      wasserstein       the first Wasserstein distance over the standard deviation of the others
      jensenshannon     the square root of the Jensen-Shannon divergence of the values' shares, natural logarithm
      mean_difference   how far the mean of the drawn rows is from that of the others
    """
    n = drawn.sum(axis=1)
    if method == "wasserstein":
        found = _wasserstein(values, drawn)
    elif method == "jensenshannon":
        found = _jensen_shannon(values, drawn)
    else:
        here, elsewhere = _means(values, drawn)
        found = np.abs(here - elsewhere)
    return np.where((n > 0) & (n < len(values)), found, np.nan)


def effective_size(drawn: BoolArray) -> FloatArray:
    """n m / (n + m) of n drawn and m other rows: under no drift each distance falls as the root of it."""
    n = drawn.sum(axis=1)
    return np.asarray(n * (drawn.shape[1] - n) / drawn.shape[1])


def _means(values: FloatArray, drawn: BoolArray) -> tuple[FloatArray, FloatArray]:
    n, total = drawn.sum(axis=1), drawn @ values
    return total / np.maximum(n, 1), (values.sum() - total) / np.maximum(len(values) - n, 1)


def _wasserstein(values: FloatArray, drawn: BoolArray) -> FloatArray:
    """The area between the two empirical distribution functions."""
    order = np.argsort(values, kind="stable")
    ordered = drawn[:, order]
    below = np.cumsum(ordered, axis=1)[:, :-1]
    n = drawn.sum(axis=1, keepdims=True)
    m = len(values) - n
    others_below = np.arange(1, len(values)) - below
    apart = np.abs(below / np.maximum(n, 1) - others_below / np.maximum(m, 1))
    _, mean = _means(values, drawn)
    square = np.where(drawn, 0, (values - mean[:, None]) ** 2).sum(axis=1) / np.maximum(m[:, 0], 1)
    return np.asarray(apart @ np.diff(values[order]) / np.maximum(np.sqrt(square), LEAST_DEVIATION))


def _jensen_shannon(values: FloatArray, drawn: BoolArray) -> FloatArray:
    _, place = np.unique(values, return_inverse=True)
    one_hot = np.eye(place.max() + 1)[place]
    count = drawn @ one_hot
    n = drawn.sum(axis=1, keepdims=True)
    p, q = count / np.maximum(n, 1), (one_hot.sum(axis=0) - count) / np.maximum(len(values) - n, 1)
    middle = (p + q) / 2
    divergence = (_relative(p, middle) + _relative(q, middle)).sum(axis=1) / 2
    return np.asarray(np.sqrt(np.clip(divergence, 0, None)))


def _relative(p: FloatArray, q: FloatArray) -> FloatArray:
    return np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / np.where(q > 0, q, 1)), 0)
