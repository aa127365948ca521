"""Gradient-boosted trees, fitted by CatBoost and kept as plain arrays: what scores a post needs no library."""

import json
import tempfile
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

    @classmethod
    def fit(cls, X: Matrix, y: FloatArray, options: Boosted, seed: int) -> "Trees":
        """The mean of one fit to each loss. X: shape (n, d), NaN where missing. y: shape (n,)."""
        if y.min() == y.max() or not (X[:1] != X).any():  # CatBoost refuses what there is nothing to learn of
            none = np.empty((0, options.depth))
            return cls(none.astype(np.int64), none, np.empty((0, 2**options.depth)), float(np.median(y)))
        fits = [_fit(X, y, options, loss, seed) for loss in options.losses]
        return cls(
            feature=np.concatenate([fit.feature for fit in fits]),
            border=np.concatenate([fit.border for fit in fits]),
            leaf=np.concatenate([fit.leaf for fit in fits]) / len(fits),
            start=sum(fit.start for fit in fits) / len(fits),
        )

    def predict(self, X: Matrix) -> FloatArray:
        """Shape (n,) for X of shape (n, d); tree by tree, so that a row's does not depend on the others."""
        columns = np.ascontiguousarray(X.T, dtype=np.float32)  # CatBoost's own precision
        borders = self.border.astype(np.float32)
        total = np.full(len(X), self.start)
        for feature, border, leaf in zip(self.feature, borders, self.leaf, strict=True):
            answers = np.zeros(len(X), np.int64)
            for bit, (column, least) in enumerate(zip(feature, border, strict=True)):
                answers |= (columns[column] > least).astype(np.int64) << bit
            total += leaf[answers]
        return total


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
    leaf = np.zeros((len(trees), 2**depth))
    for number, tree in enumerate(trees):
        splits = tree["splits"] or []
        feature[number, : len(splits)] = [split["float_feature_index"] for split in splits]
        border[number, : len(splits)] = [split["border"] for split in splits]
        leaf[number, : len(tree["leaf_values"])] = tree["leaf_values"]
    return Trees(feature, border, leaf * scale, float(bias))
