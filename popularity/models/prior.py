"""What is expected of a post whose user has no labels yet: a line through its numbers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray
from popularity.dataset.features import Column

RIDGE = 10.0
"""Posts at the mean that each coefficient starts with: coefficients of scaled numbers, which a few users decide."""


@dataclass(frozen=True)
class Prior:
    """A ridge regression on the numbers of posts, each as a scaled column, and on which of them are missing."""

    columns: tuple[Column, ...]
    coefficients: FloatArray  # (1 + columns + those that some posts lack,), the label's unit

    @classmethod
    def fit(
        cls, posts: pd.DataFrame, target: FloatArray, weight: FloatArray, names: tuple[str, ...], log1p: tuple[str, ...]
    ) -> "Prior":
        """target, weight: of n training posts, shape (n,). names: which numbers; log1p: of these, those so taken."""
        fitted = (Column.fit(name, posts[name], log1p=name in log1p) for name in names)
        prior = cls(tuple(column for column in fitted if column.deviation > 0), np.empty(0))
        X = prior._design(posts)
        ridge = np.full(X.shape[1], RIDGE)
        ridge[0] = 1e-6  # the level itself tends nowhere
        weighted = X * weight[:, None]
        solved = np.linalg.solve(weighted.T @ X + np.diag(ridge), weighted.T @ target)
        return cls(prior.columns, np.asarray(solved, dtype=np.float64))

    def of(self, posts: pd.DataFrame) -> FloatArray:
        """Shape (n,). Summed column by column, so that a row's does not depend on how many rows there are."""
        total = np.zeros(len(posts))
        for column, coefficient in zip(self._design(posts).T, self.coefficients, strict=True):
            total += column * coefficient
        return total

    def _design(self, posts: pd.DataFrame) -> FloatArray:
        columns: list[FloatArray] = [np.ones(len(posts))]
        for column in self.columns:
            columns.append(column.transform(posts[column.name]))
            if column.missing:
                columns.append(np.asarray(posts[column.name].isna(), dtype=np.float64))
        return np.column_stack(columns)
