"""Points for `dvc plots`: small CSV files, the same bytes on each run."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.evaluation.scored import models_of
from popularity.files import replacing


def test_points(tables: Mapping[str, pd.DataFrame], at_most: int, seed: int) -> pd.DataFrame:
    """Test rows in long form: population, model, pid, postdate, observed, predicted.

    tables: population -> scored table. at_most: rows of each model and population; the same posts for every model of a
    population, drawn with seed.
    """
    columns = ["population", "model", "pid", "postdate", "observed", "predicted"]
    frames = [pd.DataFrame(columns=columns)]
    for population, table in tables.items():
        rows = table[table["split"] == "test"].sort_values("pid")
        if len(rows) > at_most:
            drawn = np.random.default_rng(seed).choice(len(rows), at_most, replace=False)
            rows = rows.iloc[np.sort(drawn)]
        frames += [
            rows.assign(population=population, model=model, predicted=rows[model])[columns]
            for model in models_of(table)
            if len(rows)
        ]
    return pd.concat([f for f in frames if len(f)] or frames, ignore_index=True)


def write_plots(predictions: Path, residuals: Path, points: pd.DataFrame) -> None:
    """Write observed against predicted, and residual (observed - predicted) against the day of posting (UTC)."""
    points = points.assign(
        postdate=pd.to_datetime(points["postdate"].astype(np.int64), unit="s").dt.strftime("%Y-%m-%d"),
        residual=points["observed"].astype(np.float64) - points["predicted"].astype(np.float64),
    )
    for path, columns in (
        (predictions, ["population", "model", "pid", "observed", "predicted"]),
        (residuals, ["population", "model", "pid", "postdate", "residual"]),
    ):
        with replacing(path) as temporary:
            points[columns].to_csv(temporary, index=False, float_format="%.6f", lineterminator="\n")
