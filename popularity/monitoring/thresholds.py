"""How far from the reference an ordinary night may lie, learnt from the reference itself.

Nights are drawn from it. One rate of error holds for the whole verdict: the share of draws of which any column passes
its limit (the single-step maximum of Westfall and Young, 1993, over distances standardised by their draws).
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.dataset import FloatArray, IntArray
from popularity.files import read_json, write_json
from popularity.monitoring.statistics import distances
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
    """The limits of all calibrated columns, for nights of `posts` posts."""

    posts: int
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


def draw_nights(uid: IntArray, posts: int, draws: int, rng: np.random.Generator) -> IntArray:
    """How often each row is in each of some nights of about `posts` posts: shape (draws, n), 0, 1 or 2.

    uid: of the rows to draw from, shape (n,), oldest first; posts <= n.

    A night takes of each user what it posted in one stretch of `posts` rows, a stretch of its own that starts anywhere
    (and goes on from the first row after the last): so a user has as many posts as in a night, and they come together
    as they did. Of so many rows out of n, nights would be more alike than new posts are; so of the rows taken a share
    posts / n is put to the toss: counted twice, or not at all. That brings the variance of a mean to that of new posts.
    """
    n = len(uid)
    _, user = np.unique(uid, return_inverse=True)
    start = rng.integers(0, n, (draws, user.max() + 1))
    taken = (np.arange(n) - start[:, user]) % n < posts
    toss = rng.random((draws, n)) * n / posts
    return np.asarray(taken * np.where(toss < 0.5, 0, np.where(toss < 1, 2, 1)), dtype=np.int64)


def calibrate(frame: pd.DataFrame, uid: IntArray, options: Monitoring, rng: np.random.Generator) -> Thresholds:
    """The limits of the frame's columns.

    frame: the reference as it is compared, a row a post, oldest first, NaN where a post has no value; a column without
    any gets no limit. uid: of each row. A night has no more posts than the frame.
    """
    posts = min(options.night_posts, len(frame))
    nights = draw_nights(uid, posts, options.draws, rng)
    scaled, rows = {}, {}
    for name in map(str, frame.columns):
        known = frame[name].notna().to_numpy(bool)
        counts = nights[:, known]
        if counts.any():
            scaled[name] = _scaled(method_of(name, options), frame[name].to_numpy(np.float64)[known], counts)
            rows[name] = max(int(counts.sum(axis=1).mean()), 1)
    table = pd.DataFrame(scaled)
    mean, deviation = table.mean(), table.std(ddof=0)
    furthest = ((table - mean) / deviation.where(deviation > 0, 1)).max(axis=1)
    largest = mean + float(furthest.quantile(1 - options.error_rate)) * deviation
    columns = {name: Limit(method_of(name, options), rows[name], max(float(largest[name]), TINY)) for name in scaled}
    return Thresholds(posts=posts, draws=options.draws, error_rate=options.error_rate, columns=columns)


def family_of(column: str) -> str:
    """The name under which params speak of a column: all components are the embedding."""
    return "embedding" if column.startswith("embedding_") else column


def method_of(column: str, options: Monitoring) -> DriftMethod:
    """The method that params name for a column."""
    return options.methods[family_of(column)]


def _scaled(method: DriftMethod, values: FloatArray, nights: IntArray) -> FloatArray:
    """The distance of each night from all rows, times the root of its size: what chance makes of it at any size."""
    everything = np.ones(len(values), dtype=np.int64)
    parts = np.array_split(nights, max(len(nights) // AT_ONCE, 1))
    return np.concatenate([distances(method, values, everything, part) * np.sqrt(part.sum(axis=1)) for part in parts])
