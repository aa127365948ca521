"""Plain Keras: one batch at a time, on every core.

The network always sees a whole batch, filled up with black: so no photo's numbers depend on how many come with it.
"""

from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from popularity.images.backbones import Backbone, load
from popularity.images.runtimes import describe


class KerasNetwork:
    """See `runtimes.Network`."""

    def __init__(self, backbone: Backbone, weights: Path | None, batch: int) -> None:
        self.runtime, self.batch = describe("keras"), batch
        self._preprocessing = backbone.preprocessing
        self._network = load(backbone, weights)
        self._lock = Lock()  # Keras traces the network on its first call and promises nothing to threads

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        whole = np.zeros((self.batch, *pixels.shape[1:]), np.uint8)
        whole[: len(pixels)] = pixels
        preprocessed = self._preprocessing(whole)
        with self._lock:
            embeddings: npt.NDArray[np.float32] = self._network.predict_on_batch(preprocessed)
        return embeddings[: len(pixels)]
