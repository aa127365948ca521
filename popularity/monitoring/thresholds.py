"""How far from the reference an ordinary night may lie, learnt from the reference itself.

Nights are drawn from its latest rows, each compared with all other rows. One rate of error holds for the whole verdict:
the draws of which any column passes its limit (Westfall and Young's single-step maximum, on standardised distances).
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.dataset import BoolArray, FloatArray, IntArray
from popularity.files import read_json, write_json
from popularity.monitoring.statistics import distances, effective_size
from popularity.settings import DriftMethod, Monitoring

AT_ONCE = 100  # draws whose distances are in memory
TINY = 1e-9
"""Any distance passes the limit of a column that never moved; no distance does not."""


@dataclass(frozen=True)
class Limit:
    """What the distance of a column may be."""

    method: DriftMethod
    rows: int  # values of the column in a night
    critical: float  # the largest ordinary distance, times the root of n m / (n + m)


@dataclass(frozen=True)
class Thresholds:
    """The limits of all calibrated columns, for nights of `posts` posts."""

    posts: int
    draws: int
    error_rate: float
    columns: dict[str, Limit]

    def limit(self, column: str, n: int, m: int) -> float:
        """The limit of n values against m of the reference.

        It widens for fewer than a night has, as chance does, and narrows for no more: what sets one week apart from
        the years before does not average out.
        """
        limit = self.columns[column]
        size = min(n, limit.rows)
        return float(limit.critical / np.sqrt(size * m / (size + m)))

    def save(self, folder: Path) -> None:
        """Write thresholds.json."""
        write_json(folder / "thresholds.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> "Thresholds":
        """Read what `save` wrote."""
        content = read_json(folder / "thresholds.json")
        columns = {name: Limit(**limit) for name, limit in content.pop("columns").items()}
        return cls(columns=columns, **content)


def draw_nights(uid: IntArray, posts: int, draws: int, rng: np.random.Generator) -> BoolArray:
    """Nights of about `posts` posts, with as many posts a user as there would be: masks, shape (draws, n).

    uid: of the rows to draw from, shape (n,), oldest first. A night takes of each user what it posted in one stretch of
    `posts` rows, a stretch of its own that starts anywhere (and goes on from the first row after the last): so posts of
    a user come together as they did, and the users of a night are no more alike than chance makes them.
    """
    n = len(uid)
    _, user = np.unique(uid, return_inverse=True)
    start = rng.integers(0, n, (draws, user.max() + 1))
    return np.asarray((np.arange(n) - start[:, user]) % n < posts)


def calibrate(
    frame: pd.DataFrame, uid: IntArray, latest: BoolArray, options: Monitoring, rng: np.random.Generator
) -> Thresholds:
    """The limits of the frame's columns.

    frame: what is compared, a row a post, oldest first, NaN where a post has no value; columns without any get no
    limit. uid: of each row. latest: mask of the rows from which nights are drawn, the last ones. Where these are
    fewer than two nights, a night has half of them.
    """
    posts = min(options.night_posts, int(latest.sum()) // 2)
    drawn = np.zeros((options.draws, len(frame)), dtype=bool)
    drawn[:, latest] = draw_nights(uid[latest], posts, options.draws, rng)
    scaled, rows = {}, {}
    for name in frame.columns:
        known = frame[name].notna().to_numpy(bool)
        nights = drawn[:, known]
        if nights.any():
            scaled[name] = _scaled(method_of(name, options), frame[name].to_numpy(np.float64)[known], nights)
            rows[name] = max(int(nights.sum(axis=1).mean()), 1)
    table = pd.DataFrame(scaled)
    mean, deviation = table.mean(), table.std(ddof=0)
    furthest = ((table - mean) / deviation.where(deviation > 0, 1)).max(axis=1)
    worst = float(furthest.quantile(1 - options.error_rate))
    return Thresholds(
        posts=posts,
        draws=options.draws,
        error_rate=options.error_rate,
        columns={
            str(name): Limit(
                method_of(str(name), options), rows[name], max(float(mean[name] + worst * deviation[name]), TINY)
            )
            for name in table.columns
        },
    )


def family_of(column: str) -> str:
    """The name under which params speak of a column: all components are the embedding."""
    return "embedding" if column.startswith("embedding_") else column


def method_of(column: str, options: Monitoring) -> DriftMethod:
    """The method that params name for a column."""
    return options.methods[family_of(column)]


def _scaled(method: DriftMethod, values: FloatArray, drawn: BoolArray) -> FloatArray:
    """The distance of each draw times the root of n m / (n + m): what chance makes of it at any size."""
    parts = np.array_split(drawn, max(len(drawn) // AT_ONCE, 1))
    return np.concatenate([distances(method, values, part) * np.sqrt(effective_size(part)) for part in parts])
