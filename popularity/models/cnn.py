"""The paper's CNN: a one-dimensional convolution over the features in their frozen order."""

from math import cos, pi, sqrt
from typing import TYPE_CHECKING

from popularity.errors import UserError
from popularity.models.networks import Network
from popularity.settings import Cnn as Settings
from popularity.settings import Training

if TYPE_CHECKING:
    import keras

FEWEST_EPOCHS = 2
"""The rate falls from epoch to epoch: in a single one it would not."""


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
        from keras import layers

        from popularity.quiet_keras import keras

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
        """Beyond `few_rows` epochs are as many times fewer as there are more rows, but not fewer than FEWEST_EPOCHS.

        So a fit takes about as long on many rows as on few. Batches are twice as large then, which is quicker, and the
        rate higher by the root of two (Krizhevsky 2014, section 5).
        """
        times = rows / self._shape.few_rows
        if times <= 1:
            return self._shape
        changed = {
            "batch_size": self._shape.batch_size * 2,
            "learning_rate": self._shape.learning_rate * sqrt(2),
            "epochs": max(round(self._shape.epochs / times), min(FEWEST_EPOCHS, self._shape.epochs)),
        }
        return self._shape.model_copy(update=changed)

    def learning_rate(self, epoch: int, training: Training) -> float:
        """It falls from epoch to epoch towards 0 along half a cosine (Loshchilov and Hutter 2017, eq. 5, no restart).

        At one rate throughout, the weights of small batches are still moving when training ends, each seed's elsewhere.
        """
        return training.learning_rate * (1 + cos(pi * epoch / training.epochs)) / 2
