"""The multimodal model: the paper's CNN on the features and, as the last one, the image model's prediction."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray
from popularity.dataset.scaling import standardise_out_of_fold
from popularity.dataset.table import Population
from popularity.errors import UserError
from popularity.files import write_json
from popularity.models.cnn import Cnn
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


@dataclass(frozen=True)
class ImageFeature:
    """The image model's predictions of a population's n rows, in the label's unit, as a standardised feature.

    prediction: shape (n,), out-of-fold on training rows; without: fold -> the same where nobody saw that fold either.
    """

    population: Population
    prediction: FloatArray
    without: Mapping[int, FloatArray]

    @classmethod
    def of(cls, population: Population, image: pd.DataFrame, without: pd.DataFrame) -> "ImageFeature":
        """From the image model's tables, as `posts.PREDICTIONS` and `posts.PREDICTIONS_WITHOUT`.

        Without an image model the feature is 0 throughout.
        Raises UserError where some posts of the population have a prediction and others none.
        """
        here = image[image["population"] == population.name].set_index("pid")["prediction"]
        if here.empty:
            return cls(population, np.zeros(len(population.pid)), {})
        values = here.reindex(population.pid).to_numpy(np.float64)
        if np.isnan(values).any():
            raise UserError(
                f"the image model has no prediction for pid {population.pid[np.isnan(values)][0]}",
                next_step="run `dvc repro train_image`",
            )
        mine = without[without["population"] == population.name]
        return cls(
            population,
            values,
            {
                int(fold): (
                    mine[mine["fold"] == fold]
                    .set_index("pid")["prediction"]
                    .reindex(population.pid)
                    .fillna(here)
                    .to_numpy(np.float64)
                )
                for fold in mine["fold"].unique()
            },
        )

    def scale(self) -> tuple[float, float]:
        """Mean and standard deviation of the training rows' predictions, which scale rows to come."""
        return standardise_out_of_fold(self.prediction, self.population.fold, self.population.train)[1:]

    def beside_features(self, fold: int | None) -> FloatArray:
        """The d features as the population gives them without a fold, and this as the last: shape (n, d + 1).

        Where no model could leave out two folds it is 0.
        """
        values = self.prediction if fold is None else self.without.get(fold, np.zeros_like(self.prediction))
        scaled, _, _ = standardise_out_of_fold(values, self.population.fold, self.population.train)
        return np.column_stack([self.population.features_without(fold), scaled])
