"""What runs a network."""

from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from popularity.images.backbones import Backbone, load


class Network(Protocol):
    """A network that reads photos."""

    runtime: str
    batch: int

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]: ...


def choose(runtime: str) -> str:
    return "keras" if runtime == "auto" else runtime


def describe(runtime: str) -> str:
    return f"{runtime} {version(runtime)}"


class _Keras:
    def __init__(self, backbone: Backbone, weights: Path | None, batch: int) -> None:
        self.runtime, self.batch = describe("keras"), batch
        self._backbone, self._network = backbone, load(backbone, weights)
        self(np.zeros((batch, backbone.input_px, backbone.input_px, 3), np.uint8))

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = self._network.predict_on_batch(self._backbone.preprocessing(pixels))
        return found


def open_network(backbone: Backbone, weights: Path | None, runtime: str, batch: int) -> Network:
    return _Keras(backbone, weights, batch)
