"""How far from the reference an ordinary night may lie, learnt from the reference itself.

Nights of all sizes are drawn from it, of whole users and by date. How far chance takes each column grows with one over
the posts and one over the users of a night, in shares that are the column's own: the design effect of Kish (1965). One
rate of error holds for the whole verdict, for draws of users as for those by date: the share of draws of which any
column passes its limit (the single-step minimum of p-values of Westfall and Young, 1993).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.stats import binom, norm

from popularity.arrays import FloatArray, IntArray
from popularity.files import read_json, write_json
from popularity.monitoring.described import Described
from popularity.monitoring.mix import Mix
from popularity.monitoring.statistics import Counts, distances
from popularity.settings import DriftMethod, LeastDifferences, Monitoring

AT_ONCE = 100  # draws whose distances are in memory
FEWEST_POSTS = 20
FEWEST_USERS = 10
BY_DATE = 5
"""Of so many draws one is by date."""
LEAST_APART = 0.2
"""Share of the rows outside a stretch by date below which the correction for the rows inside grows no more."""
MOST_LASTING = 0.8
"""The halves touch, and nights come later: a fifth of what lasted from one to the other may be gone."""
TINY = 1e-6
"""A distance: what rounding leaves of a constant."""
RARE = 0.001
"""Of nights whose true share lies as far off as `least` allows, so many are told."""


@dataclass(frozen=True)
class Limit:
    """What the distance of a column may be: critical * sqrt(posts / n + users / u) for n posts of u users.

    lasting: how much of what sets a user apart is there in its later posts as in its earlier ones, 0 to 1.
    """

    method: DriftMethod
    posts: float
    users: float
    lasting: float
    critical: float

    def ordinary(self, posts: FloatArray, users: FloatArray) -> FloatArray:
        """The distance that chance makes, root of the mean square. posts, users: as in `Mix`, any shape."""
        return np.asarray(np.sqrt(self.posts * posts + self.users * users))


@dataclass(frozen=True)
class Thresholds:
    """The limits of all columns that are ever compared."""

    draws: int
    error_rate: float
    night_posts: int
    columns: dict[str, Limit]

    def limit(self, column: str, here: Mix, there: Mix) -> float:
        """The limit of a batch against the reference: chance moves both, and what lasts of the same users neither.

        It narrows no further for more posts than a night has: what sets a week apart does not average out.
        """
        limit = self.columns[column]
        posts = max(here.posts, 1 / self.night_posts) + there.posts
        users = (1 - limit.lasting) * (here.users + there.users) + limit.lasting * here.apart(there)
        return limit.critical * float(limit.ordinary(np.array(posts), np.array(users)))

    def save(self, folder: Path) -> None:
        """Write thresholds.json."""
        write_json(folder / "thresholds.json", asdict(self))

    @classmethod
    def load(cls, folder: Path) -> "Thresholds":
        """Read what `save` wrote."""
        content = read_json(folder / "thresholds.json")
        columns = {name: Limit(**limit) for name, limit in content.pop("columns").items()}
        return cls(columns=columns, **content)


def surely_above(share: float, least: float, n: float) -> float:
    """A difference of shares that n posts rarely reach by chance (RARE) where the true one is `least`.

    share: of the reference. n: posts, or users where these are what comes and goes, at least 1.
    """
    trials = max(int(n), 1)
    return float((binom.ppf(1 - RARE, trials, min(share + least, 1.0)) + 0.5) / trials - share)


def surely_apart(deviation: float, least: float, n: float) -> float:
    """A difference of means that n posts rarely reach by chance (RARE, normal) where the true one is `least`.

    deviation: the standard deviation of the batch's values. Shares of which all posts are alike vary as one of `least`.
    """
    spread = max(deviation, float(np.sqrt(least * (1 - least))))
    return least + float(norm.isf(RARE)) * spread / float(np.sqrt(n))


def draw_nights(uid: IntArray, largest: int, draws: int, rng: np.random.Generator) -> Counts:
    """How often each row is in each of some nights: shape (draws, n).

    uid: of the rows to draw from, shape (n,), oldest first.

    A night has between FEWEST_POSTS and `largest` posts, as many small ones as large ones. One in BY_DATE is a stretch
    of consecutive rows. The rest are filled with users drawn with replacement: of each what it posted in
    one stretch that starts anywhere (and goes on from its first row after its last), of at most so many posts as the
    night allows a user; so there are nights of many users and of few, and users come and go.
    """
    order = np.argsort(uid, kind="stable")
    _, first, count = np.unique(uid[order], return_index=True, return_counts=True)
    nights = np.zeros((draws, len(uid)), dtype=np.int16)
    sizes = np.exp(rng.uniform(np.log(FEWEST_POSTS), np.log(max(largest, FEWEST_POSTS + 1)), draws)).astype(np.int64)
    most = np.exp(rng.uniform(0, np.log(count.max() + 1), draws)).astype(np.int64)
    for number, (night, size, cap) in enumerate(zip(nights, sizes, most, strict=True)):
        if number % BY_DATE == 0:
            start = rng.integers(0, max(len(uid) - size, 0) + 1)
            night[start : start + size] = 1
            continue
        user = rng.integers(0, len(first), size)
        length = np.minimum(count[user], cap)
        user, length = (values[: np.searchsorted(length.cumsum(), size) + 1] for values in (user, length))
        place = np.arange(length.sum()) - np.repeat(length.cumsum() - length, length)
        start = rng.integers(0, count[user])
        row = np.repeat(first[user], length) + (np.repeat(start, length) + place) % np.repeat(count[user], length)
        night += np.bincount(order[row], minlength=len(uid)).astype(np.int16)
    return nights


def calibrate(parts: Sequence[Described], options: Monitoring, rng: np.random.Generator) -> Thresholds:
    """The limits of all columns of the parts; a column that never moves gets none, unless it is a share of `least`.

    Nights are drawn from each part. parts: rows of the reference, oldest first.
    """
    found, scaled = {}, {}
    for part in parts:
        order = np.argsort(part.uid, kind="stable")
        uid, frame = part.uid[order], part.frame.iloc[order]
        nights = draw_nights(part.uid, options.night_posts, options.draws, rng)[:, order]
        for name in map(str, frame.columns):
            known = frame[name].notna().to_numpy(bool)
            if not known.any():
                continue
            values, counts, method = frame[name].to_numpy(np.float64)[known], nights[:, known], method_of(name, options)
            posts, users = _mixes(uid[known], counts)
            distance = _distances(method, values, counts)
            of_users = np.arange(len(distance)) % BY_DATE > 0
            # A stretch by date is part of what it is compared with (the finite population correction).
            distance[~of_users] /= np.sqrt(np.clip(1 - counts[~of_users].mean(axis=1), LEAST_APART, None))
            growth = _growth(distance[of_users], posts[of_users], users[of_users])
            found[name] = Limit(method, *growth, lasting(uid[known], values), np.nan)
            ordinary = found[name].ordinary(posts, users)
            scaled[name] = np.divide(distance, ordinary, out=np.zeros(len(distance)), where=ordinary > TINY)
    draws, by_date = pd.DataFrame(scaled), np.arange(options.draws) % BY_DATE == 0
    filled = _largest_ordinary(draws[~by_date], options.error_rate)
    largest = filled.combine(_largest_ordinary(draws[by_date], options.error_rate), max)
    return Thresholds(
        draws=options.draws,
        error_rate=options.error_rate,
        night_posts=options.night_posts,
        columns={
            name: replace(limit, critical=float(largest[name]))
            for name, limit in found.items()
            if largest[name] > 0 or name in LeastDifferences.model_fields
        },
    )


def _mixes(uid: IntArray, nights: Counts) -> tuple[FloatArray, FloatArray]:
    """posts and users of `Mix` of each night, shape (draws,); those of an empty one are 1. uid: sorted."""
    n = np.maximum(nights.sum(axis=1, dtype=np.int64), 1).astype(np.float64)
    of_users = np.add.reduceat(nights, np.unique(uid, return_index=True)[1], axis=1, dtype=np.int64)
    return 1 / n, np.maximum((of_users.astype(np.float64) ** 2).sum(axis=1), 1) / n**2


def _distances(method: DriftMethod, values: FloatArray, nights: Counts) -> FloatArray:
    """The distance of each night from all rows; 0 of an empty one."""
    everything = np.ones(len(values), dtype=np.int8)
    parts = np.array_split(nights, max(len(nights) // AT_ONCE, 1))
    return np.asarray(np.nan_to_num(np.concatenate([distances(method, values, everything, one) for one in parts])))


def _growth(distance: FloatArray, posts: FloatArray, users: FloatArray) -> tuple[float, float]:
    """How the square of the distance grows with posts and with users, by least squares without negative shares.

    distance, posts, users: of each draw, shape (draws,); each counts alike, whatever its size.
    """
    size = posts + users
    (of_posts, of_users), _ = nnls(np.column_stack([posts, users]) / size[:, None], distance**2 / size)
    return float(of_posts), float(of_users)


def lasting(uid: IntArray, values: FloatArray) -> float:
    """MOST_LASTING times the correlation, over users, of their means in earlier and later halves; 0 where unknown.

    uid: of each value, shape (n,), a user's together, oldest first.
    """
    _, first, count = np.unique(uid, return_index=True, return_counts=True)
    several = count >= 2
    if several.sum() < FEWEST_USERS:
        return 0.0
    total = np.concatenate([[0.0], values.cumsum()])
    first, end = first[several], (first + count)[several]
    middle = first + count[several] // 2
    halves = [(total[right] - total[left]) / (right - left) for left, right in ((first, middle), (middle, end))]
    if min(half.std() for half in halves) < TINY:
        return 0.0
    return MOST_LASTING * max(float(np.corrcoef(*halves)[0, 1]), 0.0)


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
