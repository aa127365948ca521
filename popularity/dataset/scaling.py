"""Scaling of the multimodal model's last feature, the image model's prediction: no row's label is in its own scale."""

import numpy as np

from popularity.arrays import BoolArray, FloatArray, IntArray


def standardise_out_of_fold(values: FloatArray, fold: IntArray, train: BoolArray) -> tuple[FloatArray, float, float]:
    """Centre and scale predictions that are out-of-fold on training rows and plain on the others.

    values: shape (n,), finite. fold: shape (n,), read on training rows alone. train: mask of shape (n,).

    Training rows of a fold take the mean and standard deviation of that fold's own values, which one model made
    that saw no label of the fold: so no row's label moves its scaled value, and the levels of the folds' models
    line up. All other rows take the mean and standard deviation of all training rows' values. Values without
    spread become 0. Without training rows nothing is scaled.

    Returns the scaled values, shape (n,), and that last mean and standard deviation (in the values' unit), for
    rows that come later.
    """
    if not train.any():
        return values, 0.0, 1.0
    mean, deviation = float(values[train].mean()), float(values[train].std())
    scaled = standardise(values, mean, deviation)
    for one in np.unique(fold[train]):
        inside = train & (fold == one)
        scaled[inside] = standardise(values[inside], float(values[inside].mean()), float(values[inside].std()))
    return scaled, mean, deviation


def standardise(values: FloatArray, mean: float, deviation: float) -> FloatArray:
    """Scale values, shape (n,), by the mean and deviation that standardise_out_of_fold returned."""
    tiny = 1e-9 * max(1.0, abs(mean))  # what rounding leaves of a constant
    return (values - mean) / deviation if deviation > tiny else np.zeros_like(values)
