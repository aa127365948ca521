"""The joined table and the predictions as the suites see them: with the columns that a rule compares."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import FloatArray
from popularity.checks.rules import check_or_stop
from popularity.dataset.features import FeatureMaker
from popularity.dataset.table import Dataset


def dataset_table(frame: pd.DataFrame, maker: FeatureMaker) -> pd.DataFrame:
    """The joined table, and each row's features by a maker of all training rows as the columns `x_<name>`."""
    names = [f"x_{name}" for name in maker.names]
    return frame.join(pd.DataFrame(maker.transform(frame), columns=names, index=frame.index))


def predictions_table(dataset: Dataset, predictions: pd.DataFrame) -> pd.DataFrame:
    """Predictions beside the posts of their population; null where a post of a modelled population has none.

    predictions: as `posts.PREDICTIONS`. Returns population, pid, prediction, and `posts`: how many posts of the
    population have the pid, 0 or 1.
    """
    parts = []
    for population, plain in predictions.groupby("population", sort=True):
        pids = dataset.of(str(population)).pid
        rows = pd.DataFrame({"pid": pids}).merge(plain[["pid", "prediction"]], on="pid", how="outer")
        parts.append(rows.assign(population=population, posts=rows["pid"].isin(pids).astype(np.int64)))
    columns = ["population", "pid", "prediction", "posts"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def prediction_band(dataset: Dataset) -> Mapping[str, float]:
    """The training labels' range, widened by its own width on both sides, for the predictions suite."""
    label = dataset.frame["label"].dropna()
    low, high = float(label.min()), float(label.max())
    width = max(high - low, 1.0)
    return {"least_prediction": low - width, "most_prediction": high + width}


def check_scores(batch: str, scores: pd.DataFrame, reference: FloatArray) -> None:
    """Check a champion's scores of a batch before they are written. Writes the report.

    scores: pid and prediction, a row a post. reference: scores that the champion's bundle keeps, any shape.
    Raises UserError where a critical rule fails.
    """
    low, high = float(np.nanmin(reference)), float(np.nanmax(reference))
    width = max(high - low, 1.0)
    check_or_stop(
        scores.assign(population="all_posts", posts=1)[["population", "pid", "prediction", "posts"]],
        "predictions",
        paths.quality("predictions", batch),
        table=f"scores of {batch}",
        next_step="look at the batch's features, or go back to another champion: popularity champion rollback",
        parameters={"least_prediction": low - width, "most_prediction": high + width},
    )


def check_predictions(model: str, dataset: Dataset, predictions: pd.DataFrame) -> None:
    """Check a model's predictions before they are written; arguments as `predictions_table`. Writes the report.

    Raises UserError where a critical rule fails.
    """
    check_or_stop(
        predictions_table(dataset, predictions),
        "predictions",
        paths.quality("predictions", model),
        table=f"predictions of {model}",
        next_step="look at the model's section of params.yaml, and at reports/quality/dataset.json",
        parameters=prediction_band(dataset),
    )
