"""How a model did on groups of the posts that it is judged by: by its prediction, the user's size, hour and month.

Judged rows are rows of one split of a scored table, for one model: uid, postdate, known and observed as there (see
`scored`), predicted, and half_width, half the width of the row's interval (NaN where it has none).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity.arrays import IntArray
from popularity.catalogue import BASELINE
from popularity.dataset.protocols import PAPER
from popularity.evaluation import bootstrap, intervals
from popularity.evaluation.best import Chosen
from popularity.evaluation.scored import ScoredTables, hidden_split
from popularity.posts import DAY

TENTHS = 10
FEWEST = 10
"""Posts of a group below which it is not called the worst: of fewer, one post makes it so."""


@dataclass(frozen=True)
class Group:
    """How a model did on n rows, n >= 1; means, in label units."""

    name: str
    n: int
    predicted: float
    observed: float
    mae: float
    residual: float  # observed less predicted
    interval: tuple[float, float] | None  # of the residual, 95 %, over whole users; None with fewer than two
    half_width: float | None  # of the rows' intervals; None where a row has none
    inside: float | None  # share of rows that lie in their interval


@dataclass(frozen=True)
class Judged:
    """One model's groups. hours: by hour of posting, UTC; None where dates name only a day."""

    tenths: list[Group]  # by prediction, lowest first
    sizes: list[Group]  # by posts of the user that were learned from
    hours: list[Group] | None
    months: list[Group]  # by month of posting, UTC


def judge(tables: ScoredTables, best: Mapping[str, Chosen], seed: int) -> dict[str, dict[str, Judged]]:
    """Population -> model -> its groups, for the user's mean and the best model, on test rows where there are any.

    tables: see `scored`. seed: of the draws of users.
    """
    found = {}
    for population, chosen in best.items():
        split = hidden_split(tables[PAPER, population])
        models = dict.fromkeys((BASELINE, chosen.model))
        found[population] = {model: judged(judged_rows(tables, population, model, split), seed) for model in models}
    return found


def judged_rows(tables: ScoredTables, population: str, model: str, split: str) -> pd.DataFrame:
    """The judged rows of a model."""
    table = tables[PAPER, population]
    rows = table.loc[table["split"] == split, ["uid", "postdate", "known", "observed", model]]
    half_width = intervals.half_widths(tables, (PAPER, population), model, split)
    return rows.rename(columns={model: "predicted"}).assign(half_width=half_width).reset_index(drop=True)


def judged(rows: pd.DataFrame, seed: int) -> Judged:
    """All groups of judged rows."""
    return Judged(tenths(rows, seed), by_known(rows, seed), by_hour(rows, seed), by_month(rows, seed))


def tenths(rows: pd.DataFrame, seed: int) -> list[Group]:
    """Tenths of judged rows by prediction, lowest first; of fewer than ten rows each by itself."""
    order = rows.sort_values("predicted", kind="stable")
    parts = [part for part in np.array_split(np.arange(len(order)), TENTHS) if len(part)]
    return [_group(str(number), order.iloc[part], seed) for number, part in enumerate(parts, start=1)]


def by_known(rows: pd.DataFrame, seed: int) -> list[Group]:
    """Judged rows by how many posts of their user were learned from, in the groups of `intervals.KNOWN`."""
    place = intervals.group_of(rows["known"].to_numpy(np.int64))
    return _groups(rows, place, [_known_name(place) for place in range(len(intervals.KNOWN))], seed)


def by_hour(rows: pd.DataFrame, seed: int) -> list[Group] | None:
    """Judged rows by hour of posting, "0" to "23", UTC; None where all were posted at one second of the day.

    For then dates name only a day.
    """
    second = rows["postdate"].to_numpy(np.int64) % DAY
    if len(np.unique(second)) < 2:
        return None
    return _groups(rows, second // 3600, [str(hour) for hour in range(24)], seed)


def by_month(rows: pd.DataFrame, seed: int) -> list[Group]:
    """Judged rows by month of posting, such as "2015-03", UTC."""
    month = pd.to_datetime(rows["postdate"], unit="s").dt.strftime("%Y-%m").to_numpy()
    names, place = np.unique(month.astype(str), return_inverse=True)
    return _groups(rows, place, names.tolist(), seed)


def worst(groups: Sequence[Group]) -> Group | None:
    """The group of the largest mean error, of those of FEWEST rows or more."""
    return max((group for group in groups if group.n >= FEWEST), key=lambda group: group.mae, default=None)


def _known_name(place: int) -> str:
    start, *after = intervals.KNOWN[place:]
    if not after:
        return f"{start} or more"
    return f"{start} to {after[0] - 1}" if after[0] - 1 > start else str(start) if start else "none"


def _groups(rows: pd.DataFrame, place: IntArray, names: Sequence[str], seed: int) -> list[Group]:
    """A group of the rows at each place; a place without rows has none. place: of each row among the names, (n,)."""
    return [_group(names[one], rows[place == one], seed) for one in np.unique(place)]


def _group(name: str, rows: pd.DataFrame, seed: int) -> Group:
    residual = (rows["observed"] - rows["predicted"]).to_numpy(np.float64)
    half_width = rows["half_width"].to_numpy(np.float64)
    bounds = bootstrap.intervals(rows["uid"].to_numpy(np.int64), residual[:, None], seed)
    with_interval = not np.isnan(half_width).any()
    return Group(
        name=name,
        n=len(rows),
        predicted=float(rows["predicted"].mean()),
        observed=float(rows["observed"].mean()),
        mae=float(np.abs(residual).mean()),
        residual=float(residual.mean()),
        interval=None if bounds is None else (float(bounds[0, 0]), float(bounds[0, 1])),
        half_width=float(half_width.mean()) if with_interval else None,
        inside=float((np.abs(residual) <= half_width).mean()) if with_interval else None,
    )
