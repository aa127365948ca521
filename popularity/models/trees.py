"""Gradient-boosted trees, fitted by CatBoost and kept as plain arrays: what scores a post needs no library."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from popularity.arrays import FloatArray, IntArray, Matrix
from popularity.settings import Boosted

ENOUGH = 50
"""Rows to draw from: of a handful a draw may be empty, and CatBoost fails."""


@dataclass(frozen=True)
class Trees:
    """t trees of one depth k, each asking the same k questions of every row: is this number above that border?"""

    feature: IntArray  # (t, k), the column of each question
    border: FloatArray  # (t, k); a missing number lies above none
    leaf: FloatArray  # (t, 2**k), by the answers as bits, the first question's the lowest
    start: float
    weight: FloatArray | None = None  # (t, 2**k), the share of the rows learned from in each leaf; older models lack it

    @classmethod
    def fit(cls, X: Matrix, y: FloatArray, options: Boosted, seed: int) -> "Trees":
        """The mean of one fit to each loss. X: shape (n, d), NaN where missing. y: shape (n,)."""
        if y.min() == y.max() or not (X[:1] != X).any():  # CatBoost refuses what there is nothing to learn of
            none, leaves = np.empty((0, options.depth)), np.empty((0, 2**options.depth))
            return cls(none.astype(np.int64), none, leaves, float(np.median(y)), leaves)
        fits = [_fit(X, y, options, loss, seed) for loss in options.losses]
        return cls(
            feature=np.concatenate([fit.feature for fit in fits]),
            border=np.concatenate([fit.border for fit in fits]),
            leaf=np.concatenate([fit.leaf for fit in fits]) / len(fits),
            start=sum(fit.start for fit in fits) / len(fits),
            weight=np.concatenate([fit.weight for fit in fits if fit.weight is not None]),
        )

    def predict(self, X: Matrix) -> FloatArray:
        """Shape (n,) for X of shape (n, d); tree by tree, so that a row's does not depend on the others."""
        total = np.full(len(X), self.start)
        for leaf, place in zip(self.leaf, self.leaves(X), strict=True):
            total += leaf[place]
        return total

    def leaves(self, X: Matrix) -> Iterator[IntArray]:
        """The leaf of each row, shape (n,), in one tree after another."""
        columns = np.ascontiguousarray(X.T, dtype=np.float32)  # CatBoost's own precision
        borders = self.border.astype(np.float32)
        for feature, border in zip(self.feature, borders, strict=True):
            answers = np.zeros(len(X), np.int64)
            for bit, (column, least) in enumerate(zip(feature, border, strict=True)):
                answers |= (columns[column] > least).astype(np.int64) << bit
            yield answers


def _fit(X: Matrix, y: FloatArray, options: Boosted, loss: str, seed: int) -> Trees:
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(
        loss_function=loss,
        iterations=options.trees,
        depth=options.depth,
        learning_rate=options.learning_rate,
        border_count=options.borders,
        rsm=options.columns,
        bootstrap_type="Bernoulli",
        subsample=options.rows if len(X) >= ENOUGH else 1.0,
        random_seed=seed,
        thread_count=1,  # several add numbers up in another order
        verbose=0,
        allow_writing_files=False,
    )
    model.fit(X, y)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trees.json"
        model.save_model(str(file), format="json")
        return _read(json.loads(file.read_text(encoding="utf-8")), options.depth)


def _read(content: dict[str, Any], depth: int) -> Trees:
    """CatBoost's JSON. A tree may ask less than `depth` questions: the others ask for what no number is above."""
    trees = content["oblivious_trees"]
    scale, (bias,) = content["scale_and_bias"]
    feature = np.zeros((len(trees), depth), np.int64)
    border = np.full((len(trees), depth), np.inf)
    leaf, weight = np.zeros((2, len(trees), 2**depth))
    for number, tree in enumerate(trees):
        splits = tree["splits"] or []
        feature[number, : len(splits)] = [split["float_feature_index"] for split in splits]
        border[number, : len(splits)] = [split["border"] for split in splits]
        leaf[number, : len(tree["leaf_values"])] = tree["leaf_values"]
        weight[number, : len(tree["leaf_weights"])] = np.array(tree["leaf_weights"]) / sum(tree["leaf_weights"])
    return Trees(feature, border, leaf * scale, float(bias), weight)
