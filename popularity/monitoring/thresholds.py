"""How far from the reference an ordinary night may lie, learnt from the reference itself.

Nights are drawn from it. One rate of error holds for the whole verdict: the share of draws of which any column passes
its limit (the single-step minimum of p-values of Westfall and Young, 1993).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray, IntArray
from popularity.files import read_json, write_json
from popularity.monitoring.statistics import Counts, distances
from popularity.settings import DriftMethod, Monitoring

AT_ONCE = 100  # draws whose distances are in memory
TINY = 1e-9
"""The limit of a column that never moves: any distance passes it, and no distance does not."""


@dataclass(frozen=True)
class Limit:
    """What the distance of a column may be."""

    method: DriftMethod
    rows: int  # values of the column in a night
    critical: float  # the largest ordinary distance of n values from all that there could be, times the root of n


@dataclass(frozen=True)
class Thresholds:
    """The limits of all calibrated columns."""

    draws: int
    error_rate: float
    columns: dict[str, Limit]

    def limit(self, column: str, n: int, m: int) -> float:
        """The limit of n values against m of the reference: chance moves both, so it is critical * sqrt(1/n + 1/m).

        It narrows no further for more values than a night has: what sets a week apart does not average out.
        """
        limit = self.columns[column]
        return float(limit.critical * np.sqrt(1 / min(n, limit.rows) + 1 / m))

    def save(self, folder: Path) -> None:
        """Write thresholds.json."""
        write_json(folder / "thresholds.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> "Thresholds":
        """Read what `save` wrote."""
        content = read_json(folder / "thresholds.json")
        columns = {name: Limit(**limit) for name, limit in content.pop("columns").items()}
        return cls(columns=columns, **content)


@dataclass(frozen=True)
class Part:
    """Rows of the reference that nights are drawn from, oldest first."""

    frame: pd.DataFrame  # as compared, NaN where a post has no value
    uid: IntArray  # of each row


def draw_nights(uid: IntArray, posts: int, draws: int, rng: np.random.Generator) -> Counts:
    """How often each row is in each of some nights of about `posts` posts: shape (draws, n), 0, 1 or 2.

    uid: of the rows to draw from, shape (n,), oldest first; posts <= n.

    A night takes of each user what it posted in one stretch of `posts` rows, a stretch of its own that starts anywhere
    (and goes on from the first row after the last): so a user has as many posts as in a night, and they come together
    as they did. So many rows out of n are more alike than new posts are; so a share posts / n of the users is put to
    the toss, and all their posts count twice or not at all. That brings the variance of a mean to that of new posts,
    and lets users come and go, as they do.
    """
    n = len(uid)
    _, user = np.unique(uid, return_inverse=True)
    start = rng.integers(0, n, (draws, user.max() + 1))
    taken = (np.arange(n) - start[:, user]) % n < posts
    toss = rng.random((draws, user.max() + 1)) * n / posts
    times = np.where(toss < 0.5, 0, np.where(toss < 1, 2, 1))
    return np.asarray(taken * times[:, user], dtype=np.int8)


def calibrate(parts: Sequence[Part], options: Monitoring, rng: np.random.Generator) -> Thresholds:
    """The limits of all columns of the parts; a column without any value gets none.

    A night is drawn from each part; it has no more posts than the part has rows.
    """
    scaled, rows = {}, {}
    for part in parts:
        nights = draw_nights(part.uid, min(options.night_posts, len(part.uid)), options.draws, rng)
        for name in map(str, part.frame.columns):
            known = part.frame[name].notna().to_numpy(bool)
            counts = nights[:, known]
            if counts.any():
                scaled[name] = _scaled(method_of(name, options), part.frame[name].to_numpy(np.float64)[known], counts)
                rows[name] = max(int(counts.sum(axis=1).mean()), 1)
    largest = _largest_ordinary(pd.DataFrame(scaled), options.error_rate)
    return Thresholds(
        draws=options.draws,
        error_rate=options.error_rate,
        columns={name: Limit(method_of(name, options), rows[name], max(float(largest[name]), TINY)) for name in scaled},
    )


def _largest_ordinary(distances: pd.DataFrame, error_rate: float) -> "pd.Series[float]":
    """For each column the distance that passes as ordinary, equally rare in all columns.

    So rare that of the draws no more than error_rate have any distance above.
    """
    rarity = distances.rank(ascending=False, method="max") / len(distances)  # share of draws that reach it
    rarest = rarity.min(axis=1).quantile(error_rate, interpolation="lower")
    return distances.quantile(1 - float(rarest), interpolation="higher")


def family_of(column: str) -> str:
    """The name under which params speak of a column: all components are the embedding."""
    return "embedding" if column.startswith("embedding_") else column


def method_of(column: str, options: Monitoring) -> DriftMethod:
    """The method that params name for a column."""
    return options.methods[family_of(column)]


def _scaled(method: DriftMethod, values: FloatArray, nights: Counts) -> FloatArray:
    """The distance of each night from all rows, times the root of its size: what chance makes of it at any size."""
    everything = np.ones(len(values), dtype=np.int8)
    parts = np.array_split(nights, max(len(nights) // AT_ONCE, 1))
    return np.concatenate([distances(method, values, everything, part) * np.sqrt(part.sum(axis=1)) for part in parts])
