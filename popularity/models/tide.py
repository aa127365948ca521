"""How popular everyone's posts were lately: what their labels had above what was expected of each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from popularity.arrays import FloatArray, IntArray, Matrix
from popularity.models.history import DAY

SPANS = (14, 60, 240)
"""Days that are looked back: a fortnight, a season, most of a year."""
SHRINKAGE = 20.0
"""Posts at 0 that each mean starts with."""
FARTHEST = 2.0
"""Label units from what was expected beyond which a label counts no more: one viral post makes no season."""


@dataclass(frozen=True)
class Tide:
    """Training posts of all users by when their labels count from."""

    since: IntArray  # (n,), Unix seconds, ascending
    above: FloatArray  # (n,), the label's unit

    @classmethod
    def of(cls, since: IntArray, above: FloatArray) -> "Tide":
        """since, above: of training posts in any order, shape (n,)."""
        order = np.argsort(since, kind="stable")
        return cls(since[order], np.clip(above[order], -FARTHEST, FARTHEST))

    def means(self, moment: IntArray) -> Matrix:
        """Of the spans before each moment, shape (n,), Unix seconds: shape (n, spans).

        Labels of that very second do not count. After the last training label, the spans before that one.
        """
        moment = np.minimum(moment, self.since[-1] + 1)
        end = np.searchsorted(self.since, moment, side="left")
        columns = []
        for days in SPANS:
            start = np.searchsorted(self.since, moment - days * DAY, side="left")
            columns.append((self._sum[end] - self._sum[start]) / (end - start + SHRINKAGE))
        return np.column_stack(columns)

    @cached_property
    def _sum(self) -> FloatArray:
        return np.concatenate([[0.0], np.cumsum(self.above)])
