"""What runs a network: plain Keras, or ONNX Runtime, which is faster on a processor (`benchmarks.embedding`)."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from popularity.errors import UserError
from popularity.images.backbones import Backbone

PACKAGES = {"onnxruntime": ("onnxruntime", "onnx"), "keras": ("keras",)}
"""The runtimes and the packages that each needs. `auto` means the first that is installed; Keras always is."""


class Network(Protocol):
    """A network that reads photos. May be called from several threads at once.

    A photo's embedding has the same bytes alone, among any others and at any position.
    """

    runtime: str  # name and version of what runs it
    batch: int  # photos that it takes at most

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """RGB photos, shape (n, px, px, 3), n <= batch, to embeddings, (n, length)."""
        ...


def choose(runtime: str) -> str:
    """The runtime that image_embeddings.runtime means. Raises UserError where it is not installed."""
    if runtime == "auto":
        return next(name for name in PACKAGES if not _missing(name))
    if missing := _missing(runtime):
        raise UserError(
            f"image_embeddings.runtime is {runtime}, and {' and '.join(missing)} is not installed",
            next_step=f"run `pip install {' '.join(missing)}`; or write auto, which takes what is installed",
        )
    return runtime


def describe(runtime: str) -> str:
    """Name and version of a runtime that `choose` gave, for example "onnxruntime 1.32.0".

    Of Keras also what computes for it, "keras 3.15.1 on tensorflow 2.21.0": this imports both.
    """
    described = f"{runtime} {version(runtime)}"
    if runtime == "keras":
        from popularity.quiet_keras import keras

        backend = keras.config.backend()
        described += f" on {backend} {import_module(backend).__version__}"
    return described


def open_network(backbone: Backbone, weights: Path | None, runtime: str, batch: int) -> Network:
    """A backbone with these weights, ready on a runtime that `choose` gave.

    weights: None for random ones. Raises UserError where the file holds no weights of this backbone.
    """
    if runtime == "keras":
        from popularity.images.runtimes.keras import KerasNetwork

        return KerasNetwork(backbone, weights, batch)
    from popularity.images.runtimes.onnxruntime import OnnxNetwork

    return OnnxNetwork(backbone, weights, batch)


def _missing(runtime: str) -> list[str]:
    """Packages of a runtime that are not installed."""
    missing = []
    for package in PACKAGES[runtime]:
        try:
            version(package)
        except PackageNotFoundError:
            missing.append(package)
    return missing
