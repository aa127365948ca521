"""A few of the rows that a model learned from, kept with it: from what it predicts of them reasons start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray, IntArray, Matrix
from popularity.models.arrays_file import read_arrays, write_arrays
from popularity.models.evidence import Evidence
from popularity.models.parts import Reasons
from popularity.models.shapley import shapley
from popularity.models.subjects import subject

FILE = "background.npz"
ROWS = 50
"""Each costs a prediction for every coalition; the mean of so many lies within a seventh of their spread."""


@dataclass(frozen=True)
class Background:
    """b rows of numbers, no more than ROWS. pid: shape (b,), whose they are, so that somebody's can be taken out."""

    pid: IntArray
    rows: Matrix  # (b, d)

    @classmethod
    def of(cls, evidence: Evidence, rows: Matrix) -> "Background":
        """Some of n posts, n >= 1, that were learned from, evenly spread over all. rows: theirs, shape (n, d)."""
        some = np.unique(np.linspace(0, len(rows) - 1, ROWS).round().astype(np.int64))
        return cls(evidence.posts["pid"].to_numpy(np.int64)[some], rows[some])

    @classmethod
    def load(cls, folder: Path) -> "Background | None":
        """What `save` wrote; None of a model that was saved before there was any, or whose posts all were forgotten."""
        if not (folder / FILE).exists():
            return None
        found = cls(**read_arrays(folder / FILE))
        return found if len(found.pid) else None

    def save(self, folder: Path) -> None:
        """Write background.npz into an existing folder."""
        write_arrays(folder / FILE, {"pid": self.pid, "rows": self.rows})


def reasons(
    predict: Callable[[Matrix], FloatArray], X: Matrix, columns: Sequence[str], background: Background | None
) -> Reasons | None:
    """Why n rows, shape (n, d), are predicted as they are, by what their columns are about; None without a background.

    predict: see `shapley`. columns: their names, d of them.
    """
    if background is None:
        return None
    of = [subject(name) for name in columns]
    subjects = sorted(set(of))
    group = np.array([subjects.index(one) for one in of])
    worth, average = shapley(predict, X, background.rows, group)
    table = pd.DataFrame(worth, columns=subjects)
    return Reasons(table.loc[:, (table != 0).any()], average)
