"""How far off a prediction may be: conformal intervals, wider for users of whom little is known.

Half an interval's width is a quantile of the absolute errors of training posts that a fit did not learn from (split
conformal prediction: Lei et al., Distribution-Free Predictive Inference for Regression, 2018), of those by users of
whom about as much was known (Mondrian: Vovk et al., Algorithmic Learning in a Random World, 2005). No scored row has a
part in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray, IntArray
from popularity.dataset.protocols import FORWARD, NEW_USERS, PAPER

LEVEL = 0.9
"""Share of posts that an interval is to hold."""
KNOWN = (0, 1, 5, 20)
"""Posts of the user that were learned from, from which on a post is of the next group."""
FEWEST = 30
"""Errors that a group's quantile is taken of: of fewer, the highest tenth would be two or three posts."""


@dataclass(frozen=True)
class Widths:
    """Half the width of an interval for each group of KNOWN, label units; none is less than the next one's."""

    half: tuple[float, ...]

    @classmethod
    def fit(cls, error: FloatArray, known: IntArray) -> "Widths | None":
        """error: absolute, of posts that no fit learned from; known: posts of their users that were; both shape (n,).

        A group of fewer than FEWEST takes the width of the one above it, for it cannot be surer; the first, that of
        all posts. None where there are fewer in all.
        """
        if len(error) < FEWEST:
            return None
        group, half = group_of(known), [_quantile(error)]
        for one in range(len(KNOWN)):
            own = error[group == one]
            half.append(_quantile(own) if len(own) >= FEWEST else half[-1])
        descending = np.maximum.accumulate(half[:0:-1])[::-1]
        return cls(tuple(descending.tolist()))

    def of(self, known: IntArray) -> FloatArray:
        """Half the width for posts by users of whom so many posts were learned from, shape (n,)."""
        return np.array(self.half)[group_of(known)]


def widths_of(tables: Mapping[tuple[str, str], pd.DataFrame], population: str, model: str) -> Widths | None:
    """The widths of a model's intervals, by its errors on training posts.

    tables: scored tables by protocol and population, see `scored`. Errors by date and on new users are those of
    forecasts; a model that ran neither protocol has those of random folds. None where there are too few.
    """
    rows = [_errors(table, model) for table in _calibrating(tables, population, model)]
    return Widths.fit(*_joined(rows)) if rows else None


def half_widths(
    tables: Mapping[tuple[str, str], pd.DataFrame], place: tuple[str, str], model: str, split: str
) -> FloatArray:
    """Half the width of a model's interval for each row of a split of a scored table, shape (n,); NaN where none is.

    A training post's is made of errors that other fits made: under its own protocol, for those of random folds are no
    forecasts.
    """
    table = tables[place]
    rows = table[table["split"] == split]
    known = rows["known"].to_numpy(np.int64)
    if split == "test":
        widths = widths_of(tables, place[1], model)
        return np.full(len(rows), np.nan) if widths is None else widths.of(known)
    half, fit = np.full(len(rows), np.nan), rows["fit"].to_numpy(np.int64)
    for one in np.unique(fit):
        others = Widths.fit(*_errors(rows[fit != one], model))
        if others is not None:
            half[fit == one] = others.of(known[fit == one])
    return half


def _calibrating(tables: Mapping[tuple[str, str], pd.DataFrame], population: str, model: str) -> list[pd.DataFrame]:
    forecasts = [tables[place] for place in ((FORWARD, population), (NEW_USERS, population)) if place in tables]
    found = [table for table in forecasts if model in table]
    return found or [tables[PAPER, population]]


def _errors(table: pd.DataFrame, model: str) -> tuple[FloatArray, IntArray]:
    rows = table[table["split"] == "validation"]
    return (rows[model] - rows["observed"]).abs().to_numpy(np.float64), rows["known"].to_numpy(np.int64)


def _joined(parts: list[tuple[FloatArray, IntArray]]) -> tuple[FloatArray, IntArray]:
    return np.concatenate([error for error, _ in parts]), np.concatenate([known for _, known in parts])


def group_of(known: IntArray) -> IntArray:
    """Places among KNOWN, shape (n,). known: posts of the user that were learned from, shape (n,)."""
    return np.searchsorted(KNOWN, known, side="right") - 1


def _quantile(error: FloatArray) -> float:
    """The least error that at least LEVEL of n + 1 do not exceed, of which the one to come may be the largest."""
    place = min(int(np.ceil(LEVEL * (len(error) + 1))), len(error))
    return float(np.sort(error)[place - 1])
