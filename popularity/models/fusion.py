"""The multimodal model: the paper's CNN on the 14 features and, as 15th, the image model's prediction."""

from pathlib import Path

import numpy as np
import pandas as pd

from popularity.dataset import FloatArray, Population
from popularity.errors import UserError
from popularity.files import write_json
from popularity.models.cnn import Cnn
from popularity.scaling import standardise_out_of_fold
from popularity.settings import Cnn as Settings


class Multimodal(Cnn):
    """The CNN, saved with the mean and deviation that scale the image model's prediction of rows to come.

    mean, deviation: of the image model's out-of-fold predictions, in the label's unit.
    """

    def __init__(self, settings: Settings, seed: int, *, mean: float, deviation: float) -> None:
        super().__init__(settings, seed)
        self._image_prediction = {"mean": mean, "deviation": deviation}

    def save(self, folder: Path) -> None:
        """As `Network.save`, and image_prediction.json."""
        super().save(folder)
        write_json(folder / "image_prediction.json", self._image_prediction)


def with_image(population: Population, image: FloatArray, fold: int | None) -> FloatArray:
    """The features as the population gives them without a fold, and the 15th: shape (n, d + 1).

    image: what `image_feature` returns.
    """
    return np.column_stack([population.features_without(fold), image])


def image_feature(population: Population, image: pd.DataFrame) -> tuple[FloatArray, float, float]:
    """The image model's predictions as a standardised feature.

    image: the image model's predictions, as `posts.PREDICTIONS`: out-of-fold on training rows.
    Returns the feature, shape (n,), and the mean and deviation that scaled the rows off train.
    Without an image model, or without training rows, the 15th is 0.
    Raises UserError where some posts of the population have a prediction and others none.
    """
    here = image[image["population"] == population.name].set_index("pid")["prediction"]
    if here.empty or not population.train.any():
        return np.zeros(len(population.pid)), 0.0, 1.0
    values = here.reindex(population.pid).to_numpy(np.float64)
    if np.isnan(values).any():
        raise UserError(
            f"the image model has no prediction for pid {population.pid[np.isnan(values)][0]}",
            next_step="run `dvc repro train_image`",
        )
    return standardise_out_of_fold(values, population.fold, population.train)
