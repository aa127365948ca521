"""The record of every batch: what outlives an upgrade of Evidently. Files are written whole or not at all.

monitoring/drift/<batch>.parquet: one row a column that was compared. monitoring/performance/<batch>.parquet: one row,
once labels came.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd
import pyarrow as pa

from popularity import paths
from popularity.arrays import FloatArray
from popularity.evaluation.metrics import score
from popularity.models.baselines import UserMean
from popularity.monitoring.drift import Drift
from popularity.posts import read_table, write_table

DRIFT = pa.schema(
    [
        ("batch", pa.string()),
        ("column", pa.string()),
        ("method", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),  # a value that reaches it has drifted
        ("drifted", pa.bool_()),
        ("n", pa.int64()),  # posts of the batch that have a value
        ("reference", pa.float64()),  # mean of the reference's values, as compared
        ("current", pa.float64()),  # mean of the batch's
        ("version", pa.string()),  # of the champion
        ("reference_std", pa.float64()),  # standard deviations; older records have neither them nor what follows
        ("current_std", pa.float64()),
        ("past", pa.float64()),  # mean of the users' own past, of `alive`
        ("reference_shares", pa.list_(pa.float64())),  # of weekdays from Monday on, and of haspeople's 0 and 1
        ("current_shares", pa.list_(pa.float64())),
    ]
)

PERFORMANCE = pa.schema(
    [
        ("batch", pa.string()),
        ("version", pa.string()),  # of the champion that scored the batch
        ("n", pa.int64()),  # posts whose label has come, at an age that the champion knows
        ("mae", pa.float64()),  # of the scores given at the time, log2 views
        ("spearman", pa.float64()),  # NaN for a single post, and where all are alike
        ("user_mean_mae", pa.float64()),  # of the mean label of the user's posts that the champion was fitted on
        ("user_mean_spearman", pa.float64()),
        # Half of the scores are off by less than it. It and what follows is NaN in older records.
        ("factor", pa.float64()),
        ("own_mae", pa.float64()),  # of the champion on the test rows that its figures were made of
        ("over_own_low", pa.float64()),  # 95 % interval, users drawn, of mae less own_mae
        ("over_own_high", pa.float64()),
        ("over_user_mean_low", pa.float64()),  # the same of mae less user_mean_mae
        ("over_user_mean_high", pa.float64()),
        ("expected_mae", pa.float64()),  # of these posts, told without their labels
    ]
)


@dataclass(frozen=True)
class Performance:
    """A row of PERFORMANCE."""

    batch: str
    version: str
    n: int
    mae: float
    spearman: float
    user_mean_mae: float
    user_mean_spearman: float
    factor: float = np.nan
    own_mae: float = np.nan
    over_own_low: float = np.nan
    over_own_high: float = np.nan
    over_user_mean_low: float = np.nan
    over_user_mean_high: float = np.nan
    expected_mae: float = np.nan


def write_drift(batch: str, version: str, drift: Sequence[Drift]) -> None:
    """Replace the batch's record of drift."""
    rows = pd.DataFrame([{"batch": batch, "version": version, **asdict(one)} for one in drift], columns=DRIFT.names)
    write_table(paths.drift(batch), rows, DRIFT)


def read_drift(batch: str) -> list[Drift]:
    """The batch's record of drift, in the order of the columns; what an older one lacks has the defaults of `Drift`.

    Raises UserError where there is none.
    """
    rows = read_table(paths.drift(batch))
    known = [field.name for field in fields(Drift) if field.name in rows]
    found = []
    for row in rows[known].to_dict("records"):
        values = {str(name): value for name, value in row.items()}
        shares = {name: tuple(values[name].tolist()) for name in known if name.endswith("_shares")}
        past = {"past": None} if np.isnan(values.get("past", np.nan)) else {}
        found.append(Drift(**values | shares | past))
    return found


def measure(batch: str, scored: pd.DataFrame, label: FloatArray, users: UserMean) -> Performance | None:
    """How right the scores were for the posts whose label has come; None where none has.

    scored: pid, uid, prediction, version, a row a post. label: of the same rows, shape (n,), NaN while pending.
    users: of the champion that gave the scores, so that it knew no more than the scores did.
    """
    known = ~np.isnan(label)
    if not known.any():
        return None
    observed, rows = label[known], scored[known]
    given = score(observed, rows["prediction"].to_numpy(np.float64))
    baseline = score(observed, users.predict(rows[["uid"]].to_numpy(np.int64)))
    return Performance(
        batch=batch,
        version=str(rows["version"].iloc[0]),
        n=given.n,
        mae=_number(given.mae),
        spearman=_number(given.spearman),
        user_mean_mae=_number(baseline.mae),
        user_mean_spearman=_number(baseline.spearman),
        factor=_number(given.factor),
    )


def write_performance(performance: Performance) -> None:
    """Replace the batch's record of performance."""
    write_table(paths.performance(performance.batch), pd.DataFrame([asdict(performance)]), PERFORMANCE)


def _number(figure: float | None) -> float:
    return np.nan if figure is None else figure
