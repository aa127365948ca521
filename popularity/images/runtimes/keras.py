"""Plain Keras: one photo at a time, on every core.

The network never sees two: what a convolution makes of a photo depends, in the last bits, on its place in the batch
(Eigen's kernels, on a processor without AVX-512).
"""

from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from popularity.images.backbones import Backbone, load
from popularity.images.runtimes import describe

RULES = "one photo at a time"
"""What of this decides a photo's numbers."""


class KerasNetwork:
    """See `runtimes.Network`."""

    def __init__(self, backbone: Backbone, weights: Path | None, batch: int) -> None:
        self.runtime, self.batch = describe("keras"), batch
        self._length = backbone.length
        self._preprocessing = backbone.preprocessing
        self._network = load(backbone, weights)
        self._lock = Lock()  # Keras traces the network on its first call and promises nothing to threads

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        embeddings = np.empty((len(pixels), self._length), np.float32)
        preprocessed = self._preprocessing(pixels)
        with self._lock:
            for row in range(len(pixels)):
                embeddings[row] = self._network.predict_on_batch(preprocessed[row : row + 1])[0]
        return embeddings
