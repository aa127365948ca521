"""What a training stage leaves behind, checked before it is written."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from popularity import paths
from popularity.checks.model_tables import check_predictions
from popularity.dataset.table import Dataset
from popularity.models.out_of_fold import Fit, Model, predictions_of, save_models, write_metrics
from popularity.posts import PREDICTIONS, UNDER_PROTOCOLS, write_table


def write_trained(
    model: str, stage: str, dataset: Dataset, fits: Sequence[Fit[Model]], further: pd.DataFrame, **more: Any
) -> None:
    """Write models/<model>/, predictions/<model>.parquet, predictions/protocols/<model>.parquet, metrics/<stage>.json.

    further: `posts.UNDER_PROTOCOLS`. more: what the stage counted beside the rows.
    Raises UserError, before anything is written, where the predictions break a critical rule.
    """
    predictions = predictions_of(fits)
    check_predictions(model, dataset, predictions)
    save_models(paths.model(model), fits)
    write_table(paths.predictions(model), predictions, PREDICTIONS)
    write_table(paths.protocols(model), further, UNDER_PROTOCOLS)
    write_metrics(paths.metrics(stage), fits, **more)
