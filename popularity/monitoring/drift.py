"""A batch against what its champion knows, with a named method and limit for each column. Evidently draws the same."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray, IntArray
from popularity.monitoring.columns import CATEGORIES
from popularity.monitoring.described import Described
from popularity.monitoring.mix import NOBODY, Mix
from popularity.monitoring.reference import PAST_ITSELF, Pair, Reference
from popularity.monitoring.statistics import distances
from popularity.monitoring.thresholds import family_of, surely_above, surely_apart
from popularity.settings import DriftMethod, Monitoring


@dataclass(frozen=True)
class Drift:
    """How far one column lies from the reference."""

    column: str
    method: DriftMethod
    value: float
    threshold: float
    drifted: bool
    n: int  # posts of the batch that have a value
    reference: float  # mean of the reference's values
    current: float  # mean of the batch's
    reference_std: float = np.nan  # standard deviations; they and what follows are not known of older records
    current_std: float = np.nan
    past: float | None = None  # mean of the users' own past, of columns that are compared with it and no trend in it
    reference_shares: tuple[float, ...] = ()  # of each value of CATEGORIES, in their order; none of other columns
    current_shares: tuple[float, ...] = ()


def compare(current: Described, reference: Reference, options: Monitoring) -> list[Drift]:
    """Compare the columns that have a limit and values on both sides, in the reference's order.

    current: as `describe` makes it; its frame may lack columns.
    """
    found = []
    for name in reference.rows.frame.columns:
        if name not in current.frame or name not in reference.thresholds.columns:
            continue
        pair = reference.pair(name, current)
        if pair is None:
            continue
        method = reference.thresholds.columns[name].method
        side = np.repeat([1, 0], [len(pair.here), len(pair.there)])
        times = np.concatenate([np.zeros(len(pair.here), np.int64), pair.times])
        (value,) = distances(method, np.concatenate([pair.here, pair.there]), times, side[None])
        there, there_std = _mean_and_std(pair.there, pair.times)
        here, here_std = _mean_and_std(pair.here)
        limit = _limit(name, pair, there, reference, options)
        found.append(
            Drift(
                column=name,
                method=method,
                value=float(value),
                threshold=limit,
                drifted=bool(value >= limit),
                n=len(pair.here),
                reference=there,
                current=here,
                reference_std=there_std,
                current_std=here_std,
                past=reference.known.past.mean_of(name, pair.uid_here) if name in PAST_ITSELF else None,
                reference_shares=_shares(name, pair.there, pair.times),
                current_shares=_shares(name, pair.here),
            )
        )
    return found


def _mean_and_std(values: FloatArray, times: IntArray | None = None) -> tuple[float, float]:
    """Of values of shape (n,), n >= 1, that count so often, shape (n,); None: once. The std is inf beyond float64."""
    mean = np.average(values, weights=times)
    with np.errstate(over="ignore"):
        return float(mean), float(np.sqrt(np.average((values - mean) ** 2, weights=times)))


def _shares(column: str, values: FloatArray, times: IntArray | None = None) -> tuple[float, ...]:
    """The share of each value of a column of CATEGORIES; none of another. values, times: as above."""
    kinds = range(len(CATEGORIES.get(column, ())))
    return tuple(float(np.average(values == kind, weights=times)) for kind in kinds)


def _limit(name: str, pair: Pair, share: float, reference: Reference, options: Monitoring) -> float:
    """What was learnt, and no less than `least` allows, beyond what few posts show by chance."""
    here = Mix.of(pair.uid_here)
    there = NOBODY if name in PAST_ITSELF else Mix.of(pair.uid_there, pair.times)
    limit = reference.thresholds.limit(name, here, there)
    least = options.least.model_dump().get(family_of(name))
    if least is None:
        return limit
    if family_of(name) in ("embedding", "weekday"):
        return float(np.hypot(limit, least))  # a distance: a shift and chance add up as squares
    if name == "unseen_users":
        return max(limit, surely_above(share, least, 1 / here.users))
    return max(limit, surely_apart(float(pair.here.std()), least, 1 / here.posts))


def beside(current: Described, reference: Reference, columns: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The values that `compare` compares, those of the batch and of the reference, as often as they count.

    Columns are as long as the longest, NaN below.
    """
    pairs = {name: reference.pair(name, current) for name in columns}
    here = {name: pd.Series(pair.here) for name, pair in pairs.items() if pair}
    there = {name: pd.Series(np.repeat(pair.there, pair.times)) for name, pair in pairs.items() if pair}
    return pd.DataFrame(here), pd.DataFrame(there)


def run_evidently(current: pd.DataFrame, reference: pd.DataFrame, limits: dict[str, tuple[DriftMethod, float]]) -> Any:
    """Evidently's snapshot of the columns that limits names, with these methods and limits."""
    os.environ["DO_NOT_TRACK"] = "1"  # read when evidently is imported
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    _register_differences()
    definition = DataDefinition(
        numerical_columns=[name for name in limits if name not in CATEGORIES],
        categorical_columns=[name for name in limits if name in CATEGORIES],
    )
    preset = DataDriftPreset(
        columns=list(limits),
        per_column_method={name: method for name, (method, _) in limits.items()},
        per_column_threshold={name: limit for name, (_, limit) in limits.items()},
        drift_share=1 / len(limits),  # one drifted column is drift: the limits are made so
    )
    sides = [Dataset.from_pandas(frame[list(limits)], data_definition=definition) for frame in (current, reference)]
    with np.errstate(invalid="ignore", divide="ignore"):  # it correlates all columns, and a constant with none
        return Report([preset]).run(*sides)


def values_of(snapshot: Any) -> dict[str, float]:
    """The distance of each column in a snapshot."""
    return {
        metric["config"]["column"]: float(metric["value"])
        for metric in snapshot.dict()["metrics"]
        if metric["config"]["type"].endswith(":ValueDrift")
    }


def _register_differences() -> None:
    """Give Evidently the methods that shares are compared by."""
    from evidently.legacy.calculations.stattests import StatTest, register_stattest
    from evidently.legacy.core import ColumnType

    def mean_difference(
        reference: "pd.Series[float]", current: "pd.Series[float]", feature_type: ColumnType, threshold: float
    ) -> tuple[float, bool]:
        value = float(np.abs(current.mean() - reference.mean()))
        return value, value >= threshold

    def mean_increase(
        reference: "pd.Series[float]", current: "pd.Series[float]", feature_type: ColumnType, threshold: float
    ) -> tuple[float, bool]:
        value = max(float(current.mean() - reference.mean()), 0.0)
        return value, value >= threshold

    for name, title, function in (
        ("mean_difference", "Difference of means", mean_difference),
        ("mean_increase", "Increase of the mean", mean_increase),
    ):
        register_stattest(StatTest(name, title, [ColumnType.Numerical], default_threshold=0.1), function)
