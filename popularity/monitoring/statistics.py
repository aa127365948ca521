"""The distances between a batch and the reference, as Evidently computes them, for many batches at once."""

from typing import Any

import numpy as np
import numpy.typing as npt

from popularity.arrays import FloatArray
from popularity.settings import DriftMethod

Counts = npt.NDArray[np.integer[Any]]

LEAST_DEVIATION = 0.001
"""Evidently's: no column is normed by less."""


def distances(method: DriftMethod, values: FloatArray, reference: Counts, batches: Counts) -> FloatArray:
    """The distance of each batch from the reference.

    values: shape (m,), not NaN. reference: how often each value is in the reference, shape (m,), somewhere more than 0.
    batches: how often it is in each batch, shape (b, m), whole numbers.
      wasserstein       the first Wasserstein distance over the standard deviation of the reference
      jensenshannon     the square root of the Jensen-Shannon divergence of the values' shares, natural logarithm
      mean_difference   the absolute difference of means
      mean_increase     how far the mean lies above the reference's, 0 where it does not
    Returns shape (b,), NaN where a batch is empty.
    """
    n = batches.sum(axis=1, keepdims=True, dtype=np.int64)
    here, there = batches / np.maximum(n, 1), reference / reference.sum()
    if method == "wasserstein":
        found = _wasserstein(values, there, here)
    elif method == "jensenshannon":
        found = _jensen_shannon(values, there, here)
    else:
        difference = here @ values - there @ values
        found = np.abs(difference) if method == "mean_difference" else np.maximum(difference, 0)
    return np.where(n[:, 0] > 0, found, np.nan)


def _wasserstein(values: FloatArray, there: FloatArray, here: FloatArray) -> FloatArray:
    """The area between the two empirical distribution functions, normed."""
    order = np.argsort(values, kind="stable")
    apart = np.abs(np.cumsum((here - there)[:, order], axis=1))[:, :-1]
    deviation = np.sqrt(there @ (values - there @ values) ** 2)
    return np.asarray(apart @ np.diff(values[order]) / max(float(deviation), LEAST_DEVIATION))


def _jensen_shannon(values: FloatArray, there: FloatArray, here: FloatArray) -> FloatArray:
    _, place = np.unique(values, return_inverse=True)
    one_hot = np.eye(place.max() + 1)[place]
    p, q = here @ one_hot, there @ one_hot
    middle = (p + q) / 2
    divergence = (_relative(p, middle) + _relative(q, middle)).sum(axis=1) / 2
    return np.asarray(np.sqrt(np.clip(divergence, 0, None)))


def _relative(p: FloatArray, q: FloatArray) -> FloatArray:
    """p log(p / q), 0 where p is."""
    return np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / np.where(q > 0, q, 1)), 0)
