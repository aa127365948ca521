"""What each group of columns adds to what trees predict of a row: exact Shapley values, over the rows learned from.

As in `shapley`, where the background are all rows that were learned from. Trees that ask the same questions of every
row need of it no more than how many rows gave which answers.
"""

import numpy as np

from popularity.arrays import FloatArray, IntArray, Matrix
from popularity.models.shapley import weights
from popularity.models.trees import Trees


class Shares:
    """What the groups of columns are worth in each leaf of each tree; made once, looked up for each row."""

    def __init__(self, trees: Trees, group: IntArray, groups: int) -> None:
        """group: of each column, 0 to groups - 1, shape (d,). Raises ValueError for trees that lack their weights."""
        if trees.weight is None:
            raise ValueError("trees without weights")
        self._trees = trees
        self.average = trees.start + float((trees.leaf * trees.weight).sum())  # prediction of the rows learned from
        self._worth = np.zeros((*trees.leaf.shape, groups))
        for one, (feature, leaf, weight) in enumerate(zip(trees.feature, trees.leaf, trees.weight, strict=True)):
            of_bit = group[feature]
            for member, worth in _of_tree(of_bit, leaf, weight).items():
                self._worth[one, :, member] = worth

    def of(self, X: Matrix) -> FloatArray:
        """Shape (n, groups) for X of shape (n, d): what a row's prediction has above the mean of the rows learned from.

        Summed tree by tree, so that a row's do not depend on the others.
        """
        total = np.zeros((len(X), self._worth.shape[2]))
        for worth, place in zip(self._worth, self._trees.leaves(X), strict=True):
            total += worth[place]
        return total


def _of_tree(of_bit: IntArray, leaf: FloatArray, weight: FloatArray) -> dict[int, FloatArray]:
    """Of each group that a tree asks about, its Shapley value in each leaf, shape (2**k,).

    of_bit: the group of each question, shape (k,). weight: the share of rows in each leaf, shape (2**k,).
    """
    members, place = np.unique(of_bit, return_inverse=True)
    m, here = len(members), np.arange(len(leaf))
    worth = np.empty((2**m, len(leaf)))
    for coalition in range(2**m):
        known = int(sum(1 << bit for bit, group in enumerate(place) if coalition >> group & 1))
        worth[coalition] = leaf[(here[:, None] & known) | (here & ~known)] @ weight
    return dict(zip(members.tolist(), weights(m) @ worth, strict=True))
