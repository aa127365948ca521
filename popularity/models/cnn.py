"""The paper's CNN: a one-dimensional convolution over the features in their frozen order."""

from math import cos, floor, log2, pi, sqrt
from typing import TYPE_CHECKING

from popularity.errors import UserError
from popularity.models.networks import Network
from popularity.settings import Cnn as Settings
from popularity.settings import Training

if TYPE_CHECKING:
    import keras


class Cnn(Network):
    """Conv1D 20, dropout .1, Conv1D 50, dropout .3, Dense 50, Dense 1; ReLU, the last layer linear.

    Between convolutions and dense layers the columns are flattened, or averaged with `flatten: false`. Rows are
    standardised features, shape (n, d).
    """

    def __init__(self, settings: Settings, seed: int) -> None:
        super().__init__(settings, seed)
        self._shape = settings

    def build(self, width: int) -> "keras.Model":
        """See `Network.build`. Raises UserError where a kernel without padding leaves no column."""
        import keras
        from keras import layers

        kernel, padding = self._shape.kernel, self._shape.padding
        if padding == "valid" and 2 * (kernel - 1) >= width:
            raise UserError(
                f"two convolutions with kernel {kernel} and padding valid leave none of {width} features",
                next_step="set kernel lower, or padding to same, in params.yaml",
            )
        return keras.Sequential(
            [
                layers.Input((width,), name="features"),
                layers.Reshape((width, 1), name="columns"),
                layers.Conv1D(20, kernel, padding=padding, activation="relu", name="conv_20"),
                layers.Dropout(0.1, name="dropout_1"),
                layers.Conv1D(50, kernel, padding=padding, activation="relu", name="conv_50"),
                layers.Dropout(0.3, name="dropout_3"),
                layers.Flatten(name="flat") if self._shape.flatten else layers.GlobalAveragePooling1D(name="mean"),
                layers.Dense(50, activation="relu", name="dense_50"),
                layers.Dense(1, name="label"),
            ],
            name="cnn",
        )

    def training_on(self, rows: int) -> Training:
        """Beyond `few_rows` in larger batches, at a higher rate and for fewer epochs.

        As many times as there are more rows, to the power of two below, batches are larger; by its square root the rate
        is higher (Krizhevsky 2014, section 5) and epochs are fewer.
        """
        times = 2 ** max(floor(log2(rows / self._shape.few_rows)), 0)
        changed = {
            "batch_size": self._shape.batch_size * times,
            "learning_rate": self._shape.learning_rate * sqrt(times),
            "epochs": max(round(self._shape.epochs / sqrt(times)), 1),
        }
        return self._shape.model_copy(update=changed)

    def learning_rate(self, epoch: int, training: Training) -> float:
        """It falls from epoch to epoch towards 0 along half a cosine (Loshchilov and Hutter 2017, eq. 5, no restart).

        At one rate throughout, the weights of small batches are still moving when training ends, each seed's elsewhere.
        """
        return training.learning_rate * (1 + cos(pi * epoch / training.epochs)) / 2
