"""The multimodal model as the stage fuse saved it: scores a new post exactly as the DAG did."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from popularity.arrays import FloatArray
from popularity.dataset.scaling import standardise
from popularity.files import read_json
from popularity.models.networks import Trained


@dataclass(frozen=True)
class Fused:
    """The fitted network, and the scale of its last feature, in the label's unit."""

    network: Trained
    mean: float
    deviation: float

    @classmethod
    def load(cls, folder: Path) -> "Fused":
        """Read what `Multimodal.save` wrote."""
        return cls(Trained.load(folder), **read_json(folder / "image_prediction.json"))

    def predict(self, features: FloatArray, image: FloatArray) -> FloatArray:
        """Predictions in the label's unit, shape (n,).

        features: shape (n, d). image: what the image model predicts for the same posts, shape (n,).
        """
        return self.network.predict(np.column_stack([features, standardise(image, self.mean, self.deviation)]))
