"""How long after posting labels were read: totals grow, and one of a week says little beside one of a year."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from popularity.arrays import BoolArray, FloatArray
from popularity.files import read_json, write_json

FILE = "ages.json"
MIDDLE = (0.01, 0.99)
"""Quantiles of the training labels' ages: one post that was read years late makes no year comparable."""
SLACK = 1.5
"""A visit may come a day late: 4 days count as 3. On Flickr so much more time adds .4 log2 views, at .66 a doubling."""


@dataclass(frozen=True)
class Ages:
    """The ages, in days, of the labels that a champion was fitted on. low, high: None where no label had one."""

    low: float | None
    high: float | None
    undated: bool  # whether there were labels that nobody said an age of
    horizon: float | None = None  # the age that the champion predicts at; None: it asks of none
    slope: float = 0.0  # by how much labels grow with log1p of their age; 0 where the champion asks of none

    @classmethod
    def of(cls, age_days: FloatArray, horizon: float | None = None, slope: float = 0.0) -> "Ages":
        """Of training labels: shape (n,), NaN where nobody says when the label was read."""
        dated = age_days[~np.isnan(age_days)]
        low, high = np.quantile(dated, MIDDLE).tolist() if len(dated) else (None, None)
        return cls(low, high, undated=len(dated) < len(age_days), horizon=horizon, slope=slope)

    def comparable(self, age_days: npt.ArrayLike) -> BoolArray:
        """Which labels may be compared with the training labels: those of their ages, or without one as some of them.

        age_days: shape (n,), NaN where nobody says. Returns shape (n,).
        """
        age = np.asarray(age_days, dtype=np.float64)
        inside = np.zeros(age.shape, dtype=np.bool_)
        if self.low is not None and self.high is not None:
            inside = _about(age, self.low, self.high)
        return np.asarray(np.where(np.isnan(age), self.undated, inside), dtype=np.bool_)

    def asked_alike(self, age_days: npt.ArrayLike) -> BoolArray:
        """Whose scores are of the horizon, or about it, and not of the age of a label that was there before them.

        age_days: shape (n,), NaN where nobody says. Returns shape (n,).
        """
        age = np.asarray(age_days, dtype=np.float64)
        if self.horizon is None:
            return np.ones(age.shape, dtype=np.bool_)
        return _about(age, self.horizon, self.horizon) | np.isnan(age)

    def at_scored(self, label: FloatArray, age_days: FloatArray, scored_days: FloatArray) -> FloatArray:
        """What labels had been at the age that their scores are of, by the line through the training labels' ages.

        age_days: when they were read; scored_days: of which age the scores are, NaN for the horizon. Shape (n,), all. A
        label of which nobody says when it was read stays as it is.
        """
        if self.horizon is None:
            return label
        asked = np.where(np.isnan(scored_days), self.horizon, scored_days)
        return label + np.nan_to_num(self.slope * (np.log1p(asked) - np.log1p(age_days)))

    def told(self, age_days: npt.ArrayLike) -> str:
        """A sentence on labels that are not comparable; "" where all are. age_days: of labels, as in `comparable`."""
        age = np.asarray(age_days, dtype=np.float64)
        others = age[~self.comparable(age)]
        if not len(others):
            return ""
        here = _words(Ages.of(others))
        return (
            f"{len(others):,} of {len(age):,} labels were read {here}, and those that the champion knows "
            f"{_words(self)}: they are not compared."
        )

    def save(self, folder: Path) -> None:
        """Write ages.json into an existing folder."""
        write_json(folder / FILE, asdict(self))

    @classmethod
    def load(cls, folder: Path) -> "Ages":
        """Read what `save` wrote; where an older bundle does not say, labels of every age are comparable."""
        if not (folder / FILE).exists():
            return cls(0.0, np.inf, undated=True)
        return cls(**read_json(folder / FILE))


def _about(age: FloatArray, low: float, high: float) -> BoolArray:
    """Which ages are in a range, or near enough; False of NaN."""
    return np.asarray((age >= low / SLACK) & (age <= high * SLACK), dtype=np.bool_)


def _words(ages: Ages) -> str:
    if ages.low is None or ages.high is None:
        return "on a day that nobody names"
    span = f"{ages.low:.3g}" if f"{ages.low:.3g}" == f"{ages.high:.3g}" else f"{ages.low:.3g} to {ages.high:.3g}"
    return f"{span} days after posting" + (", or on a day that nobody names" if ages.undated else "")
