"""Shapley values by their definition, which is slow and plain."""

from collections.abc import Callable
from itertools import permutations

import numpy as np

from popularity.arrays import FloatArray, IntArray, Matrix


def by_definition(
    predict: Callable[[Matrix], FloatArray], background: Matrix, group: IntArray, row: FloatArray
) -> FloatArray:
    """The mean over all orders of what a group adds, its columns known, to the mean over the background.

    group: of each column, from 0 on. Returns shape (groups,).
    """

    def value(known: tuple[int, ...]) -> float:
        mixed = background.copy()
        columns = np.isin(group, list(known))
        mixed[:, columns] = row[columns]
        return float(predict(mixed).mean())

    groups = int(group.max()) + 1
    worth, orders = np.zeros(groups), list(permutations(range(groups)))
    for order in orders:
        for place, one in enumerate(order):
            worth[one] += (value(order[: place + 1]) - value(order[:place])) / len(orders)
    return worth
