"""A batch against what its champion knows, by Evidently, with a named method and limit for each column."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from popularity.monitoring.columns import CATEGORIES
from popularity.monitoring.reference import FIXED, Reference
from popularity.monitoring.thresholds import method_of
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


def compare(current: pd.DataFrame, reference: Reference, options: Monitoring) -> list[Drift]:
    """Compare the columns for which both sides have values, in the reference's order.

    current: as `Reference.frame`, a row a post; it may lack columns.
    """
    limits = _limits(current, reference, options)
    values = values_of(run_evidently(current, reference.frame, limits))
    return [
        Drift(
            column=name,
            method=method,
            value=values[name],
            threshold=limit,
            drifted=values[name] >= limit,
            n=int(current[name].notna().sum()),
            reference=float(reference.frame[name].mean()),
            current=float(current[name].mean()),
        )
        for name, (method, limit) in limits.items()
    ]


def _limits(current: pd.DataFrame, reference: Reference, options: Monitoring) -> dict[str, tuple[DriftMethod, float]]:
    """Method and limit of each column that can be compared."""
    fixed = options.fixed.model_dump()
    limits: dict[str, tuple[DriftMethod, float]] = {}
    for name in reference.frame.columns:
        n, m = (int(frame[name].notna().sum()) if name in frame else 0 for frame in (current, reference.frame))
        if not n or not m:
            continue
        if name in FIXED:
            limits[name] = (method_of(name, options), float(fixed[name]))
        elif name in reference.thresholds.columns:
            limits[name] = (reference.thresholds.columns[name].method, reference.thresholds.limit(name, n, m))
    return limits


def run_evidently(current: pd.DataFrame, reference: pd.DataFrame, limits: dict[str, tuple[DriftMethod, float]]) -> Any:
    """Evidently's snapshot of the columns that limits names, with these methods and limits."""
    os.environ["DO_NOT_TRACK"] = "1"  # read when evidently is imported
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    _register_mean_difference()
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
    return Report([preset]).run(*sides)


def values_of(snapshot: Any) -> dict[str, float]:
    """The distance of each column in a snapshot."""
    return {
        metric["config"]["column"]: float(metric["value"])
        for metric in snapshot.dict()["metrics"]
        if metric["config"]["type"].endswith(":ValueDrift")
    }


def _register_mean_difference() -> None:
    """Give Evidently the method that shares are compared by."""
    from evidently.legacy.calculations.stattests import StatTest, register_stattest
    from evidently.legacy.core import ColumnType

    def mean_difference(
        reference: "pd.Series[float]", current: "pd.Series[float]", feature_type: ColumnType, threshold: float
    ) -> tuple[float, bool]:
        value = float(np.abs(current.mean() - reference.mean()))
        return value, value >= threshold

    register_stattest(
        StatTest("mean_difference", "Difference of means", [ColumnType.Numerical], default_threshold=0.1),
        mean_difference,
    )
