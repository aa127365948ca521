"""The image model's own layers, on pooled embeddings: Dense 512 ReLU, Dense 1 linear."""

from typing import TYPE_CHECKING, Any

from popularity.models.networks import Network
from popularity.settings import ImageHead as Settings
from popularity.settings import Training

if TYPE_CHECKING:
    import keras


class ImageHead(Network):
    """Predicts the label from a photo's embedding, shape (n, d).

    A photo says little about its label, so the head starts from the mean label (its last layer from zeros: the
    random sums that it would start from outweigh what a thousand photos teach it) and is held back by dropout
    before each dense layer, decoupled weight decay and few epochs. Embeddings are centred and divided by one
    deviation: a deviation for each column would blow up the quiet ones, which are noise.
    """

    scale_input = True
    units = 512  # of the hidden layer, as the paper prints it

    def __init__(self, settings: Settings, seed: int) -> None:
        super().__init__(settings, seed)
        self._head = settings

    def build(self, width: int) -> "keras.Model":
        """See `Network.build`."""
        from keras import layers

        from popularity.quiet_keras import keras

        return keras.Sequential(
            [
                layers.Input((width,), name="embedding"),
                layers.Dropout(self._head.dropout, name="dropout_embedding"),
                layers.Dense(self.units, activation="relu", name=f"dense_{self.units}"),
                layers.Dropout(self._head.dropout, name=f"dropout_{self.units}"),
                layers.Dense(1, kernel_initializer="zeros", name="label"),
            ],
            name="image_head",
        )

    def optimizer(self, training: Training) -> dict[str, Any]:
        """See `Network.optimizer`."""
        described = super().optimizer(training)
        return described | {"config": described["config"] | {"weight_decay": self._head.weight_decay}}
