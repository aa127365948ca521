"""What labels become by mistake, and how it is undone: the one that explains a batch of labels is its likely cause."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from popularity.arrays import FloatArray
from popularity.monitoring.known_labels import KnownLabels

MOVED = 1.0
"""Units of the label, log2, by which the world may have moved while labels came: half or twice the views are news."""
FAR = 20.0
"""Mean distances: no label is less likely than one so far off, or one broken row would decide for all."""
STEP = 1e-4


@dataclass(frozen=True)
class Fault:
    """A mistake. undo: labels as they came, in the order of the file, and ages in days, to what they should be."""

    words: str
    undo: Callable[[FloatArray, FloatArray], FloatArray]
    moves_rows: bool = False


@dataclass(frozen=True)
class Explained:
    """What undoing a mistake explains. Natural logarithms of likelihoods, so they add up over posts."""

    words: str
    gain: FloatArray  # of each label over that of a world that moved, shape (n,)
    distance: float  # of labels from what was expected once it is undone, over that of known labels


def _each(change: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray, FloatArray], FloatArray]:
    return lambda label, age: change(label)


def _count(label: FloatArray) -> FloatArray:
    return np.asarray(np.exp2(np.clip(label, 0, 60)) - 1)


def _label(count: FloatArray) -> FloatArray:
    return np.asarray(np.log2(np.maximum(count, 0) + 1))


FAULTS = (
    Fault("counts in thousands, where single ones are meant", _each(lambda label: _label(_count(label) * 1000))),
    Fault("counts a thousand times too high", _each(lambda label: _label(_count(label) / 1000))),
    Fault("raw counts, where their logarithms to base 2 are meant", _each(_label)),
    Fault("natural logarithms, where those to base 2 are meant", _each(lambda label: label / np.log(2))),
    Fault("logarithms to base 10, where those to base 2 are meant", _each(lambda label: label * np.log2(10))),
    Fault("views a day, where totals are meant", lambda label, age: _label(_count(label) * age)),
    Fault("rows shifted up by one", _each(lambda label: np.roll(label, 1)), moves_rows=True),
    Fault("rows shifted down by one", _each(lambda label: np.roll(label, -1)), moves_rows=True),
)
"""Counts are those of labels by log2(count + 1)."""


def explanations(
    label: FloatArray,
    expected: FloatArray,
    age_days: FloatArray,
    known: KnownLabels,
    *,
    rows_moved: bool = True,
) -> Iterator[Explained]:
    """What each mistake that can be told would explain. label, expected, age_days: as in `labels_guard.NewLabels`.

    Labels without the mistake are likely as known ones are: Laplace's distribution around a line through what was
    expected. The labels as they came are given the same, and that the world moved, by up to MOVED either way.
    rows_moved: whether that may be the mistake, as it may where the labels are all of a file's.
    """
    line = _Line.of(known)
    as_they_came = line.likelihood(label, expected)
    for fault in (one for one in FAULTS if rows_moved or not one.moves_rows):
        undone = fault.undo(label, age_days)
        if np.isfinite(undone).all():
            likelihood = line.likelihood(undone, expected)
            stretch = np.zeros(len(label)) if fault.moves_rows else _stretch(fault, label, age_days)
            yield Explained(fault.words, likelihood + stretch - as_they_came, -float(likelihood.mean()))


def _stretch(fault: Fault, label: FloatArray, age_days: FloatArray) -> FloatArray:
    """The logarithm of how far undoing moves two labels apart that lie side by side: their density thins by as much."""
    above, below = (fault.undo(label + step, age_days) for step in (STEP, -STEP))
    return np.log(np.maximum(above - below, STEP**2) / (2 * STEP))


@dataclass(frozen=True)
class _Line:
    """Where known labels lie by what was expected of them, and their mean distance from there."""

    slope: float
    start: float
    distance: float

    @classmethod
    def of(cls, known: KnownLabels) -> "_Line":
        label, expected = known.label, known.label - known.residual
        varies = float(np.ptp(expected)) > 0
        slope = float(np.polyfit(expected, label, 1)[0]) if varies else 0.0
        start = float(np.median(label - slope * expected))
        return cls(slope, start, max(float(np.abs(label - slope * expected - start).mean()), STEP))

    def likelihood(self, label: FloatArray, expected: FloatArray) -> FloatArray:
        """Of each label but for a constant, shape (n,), in a world that moved as far as suits them, and no further."""
        off = label - self.slope * expected - self.start
        moved = float(np.clip(np.median(off), -MOVED, MOVED))
        return -np.minimum(np.abs(off - moved) / self.distance, FAR)
