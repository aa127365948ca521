"""Shapley values of groups of columns, exact over a few rows that were learned from, of whatever predicts from rows.

A coalition of groups knows its columns of the row, and the others are those of a background row (Lundberg and Lee, A
Unified Approach to Interpreting Model Predictions, 2017, section 4, with features taken as independent).
"""

from collections.abc import Callable
from functools import lru_cache
from math import factorial

import numpy as np
from tqdm import tqdm

from popularity.arrays import FloatArray, IntArray, Matrix

SLOW_S = 5  # what takes longer shows how far it is


@lru_cache(maxsize=16)
def weights(groups: int) -> FloatArray:
    """By what the values of all coalitions are to be multiplied for each group's Shapley value.

    Shape (groups, 2**groups); a coalition is a number whose bits are the groups that it knows.
    """
    found = np.empty((groups, 2**groups))
    for coalition in range(2**groups):
        size = coalition.bit_count()
        for group in range(groups):
            without = size - (coalition >> group & 1)
            share = factorial(without) * factorial(groups - without - 1) / factorial(groups)
            found[group, coalition] = share if without < size else -share
    found.setflags(write=False)
    return found


def shapley(
    predict: Callable[[Matrix], FloatArray], X: Matrix, background: Matrix, group: IntArray
) -> tuple[FloatArray, float]:
    """What each group of columns is worth in the prediction of each row, and the mean prediction of the background.

    predict: from (m, d) to (m,). X: shape (n, d). background: shape (b, d), b >= 1. group: of each column, 0 to
    g - 1, shape (d,). The worth, shape (n, g), sums to the prediction less that mean. It costs (2**g - 2) * b
    predictions a row.
    """
    groups = int(group.max()) + 1
    known = (np.arange(1, 2**groups - 1)[:, None] >> group & 1).astype(bool)  # (2**g - 2, d): neither none nor all
    average = float(predict(background).mean())
    worth, value = np.empty((len(X), groups)), np.empty(2**groups)
    value[0] = average
    whole = predict(X) if len(X) else np.empty(0)
    for number, row in enumerate(tqdm(X, desc="reasons", unit="post", delay=SLOW_S)):
        value[-1] = whole[number]
        if len(known):
            mixed = np.where(known[:, None], row, background)
            value[1:-1] = predict(mixed.reshape(-1, X.shape[1])).reshape(len(known), -1).mean(axis=1)
        worth[number] = weights(groups) @ value
    return worth, average
