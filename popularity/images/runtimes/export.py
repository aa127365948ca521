"""A functional Keras network as an ONNX graph that runs fast on a processor.

Only the layers that the backbones are made of. Batch norm and the scale of a residual are folded into the convolution
before them, in float64; channels come before rows and columns, as runtimes for processors want them; preprocessing is
part of the graph, so that photos enter as the bytes they are.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from popularity.images.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras
    import onnx

PIXELS, EMBEDDINGS = "pixels", "embeddings"
"""The graph's input, uint8 (1, px, px, 3) RGB, and its output, float32 (1, length)."""

OPSET = 17

RULES = f"ONNX opset {OPSET}, batch norm and scales folded in float64, channels first, preprocessing in the graph"
"""What decides a graph's numbers. A change of them needs another text here: finished embeddings go by it."""

FloatArray = npt.NDArray[np.floating[Any]]


def export(network: "keras.Model", preprocessing: Preprocessing) -> "onnx.ModelProto":
    """The network behind its preprocessing, for one photo at a time.

    network: functional, channels last, from preprocessed (n, px, px, 3) to (n, length).
    Raises NotImplementedError that names a layer which this module cannot write, or not with those options.
    """
    from onnx import TensorProto, helper

    graph = _Graph(Counter(id(tensor) for layer in network.layers for tensor in _inputs(layer)))
    graph.names[id(network.input)] = _preprocess(graph, preprocessing)
    for layer in network.layers:
        _write(graph, layer)
    nodes, weights = graph.finished(graph.names[id(network.output)])
    _, height, width, channels = network.input.shape
    photos = helper.make_tensor_value_info(PIXELS, TensorProto.UINT8, (1, height, width, channels))
    embeddings = helper.make_tensor_value_info(EMBEDDINGS, TensorProto.FLOAT, (1, network.output.shape[-1]))
    return helper.make_model(
        helper.make_graph(nodes, network.name, [photos], [embeddings], weights),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,  # of opset 17; onnx's own newest is newer than runtimes read
    )


@dataclass
class _Convolution:
    """A convolution whose numbers may still change: what follows it, if linear, becomes part of it."""

    kernel: FloatArray  # float64, (out, in / groups, height, width)
    bias: FloatArray  # float64, (out,)
    options: Mapping[str, Any]
    source: str  # what it reads

    def scaled(self, factor: FloatArray | float, offset: FloatArray | float = 0.0) -> None:
        """Multiply what comes out by `factor`, then add `offset`; each one number or (out,)."""
        self.kernel = self.kernel * np.reshape(factor, (-1, 1, 1, 1))
        self.bias = self.bias * factor + offset


@dataclass
class _Graph:
    """Nodes so far, in order."""

    uses: Counter[int]  # how many layers read a tensor, by its id
    names: dict[int, str] = field(default_factory=dict)  # a Keras tensor's id to its name here
    steps: dict[str, "onnx.NodeProto | _Convolution"] = field(default_factory=dict)  # by the name of what comes out
    weights: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    def add(self, operator: str, *sources: str, **options: Any) -> str:
        """Append a node; returns the name of what comes out."""
        from onnx import helper

        name = f"{operator}_{len(self.steps)}"
        self.steps[name] = helper.make_node(operator, list(sources), [name], name, **options)
        return name

    def constant(self, value: npt.NDArray[Any]) -> str:
        name = f"constant_{len(self.weights)}"
        self.weights[name] = value
        return name

    def convolve(self, source: str, kernel: FloatArray, bias: Any, **options: Any) -> str:
        """Append a convolution. bias: a weight of Keras, or None."""
        name = f"Conv_{len(self.steps)}"
        numbers = np.zeros(len(kernel)) if bias is None else _numbers(bias)
        self.steps[name] = _Convolution(kernel, numbers, options, source)
        return name

    def convolution(self, layer: "keras.Layer", tensor: Any) -> _Convolution:
        """What made a tensor, where it is a convolution that nothing but `layer` reads."""
        step = self.steps.get(self.names[id(tensor)])
        if not isinstance(step, _Convolution) or self.uses[id(tensor)] > 1:
            raise NotImplementedError(f"{_title(layer)} does not follow a convolution of its own")
        return step

    def finished(self, output: str) -> "tuple[list[onnx.NodeProto], list[onnx.TensorProto]]":
        """Every node, the last one giving EMBEDDINGS, and every constant."""
        from onnx import helper, numpy_helper

        nodes = []
        for name, step in self.steps.items():
            if isinstance(step, _Convolution):
                kernel, bias = (self.constant(value.astype(np.float32)) for value in (step.kernel, step.bias))
                step.kernel = step.bias = np.empty(0)  # half a gigabyte for the largest network
                step = helper.make_node("Conv", [step.source, kernel, bias], [name], name, **step.options)
            nodes.append(step)
        nodes.append(helper.make_node("Flatten", [output], [EMBEDDINGS], EMBEDDINGS))
        weights = []
        while self.weights:
            name, value = self.weights.popitem()
            weights.append(numpy_helper.from_array(value, name))
        return nodes, weights


def _preprocess(graph: _Graph, preprocessing: Preprocessing) -> str:
    from onnx import TensorProto

    def per_channel(values: tuple[float, ...]) -> str:
        return graph.constant(np.array(values, np.float32).reshape(1, -1, 1, 1))

    x = graph.add("Transpose", PIXELS, perm=(0, 3, 1, 2))  # while a pixel is one byte
    x = graph.add("Cast", x, to=TensorProto.FLOAT)
    if preprocessing.order != (0, 1, 2):
        x = graph.add("Gather", x, graph.constant(np.array(preprocessing.order)), axis=1)
    x = graph.add("Sub", x, per_channel(preprocessing.mean))
    return graph.add("Div", x, per_channel(preprocessing.deviation))


def scale_layer() -> "type[keras.Layer]":
    """The one kind of layer in Keras's applications that Keras does not publish: x + scale y, of two inputs."""
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

    layer: type[keras.Layer] = CustomScaleLayer
    return layer


def _write(graph: _Graph, layer: "keras.Layer") -> None:
    """Append what a layer does to its inputs."""
    from keras import layers

    CustomScaleLayer = scale_layer()
    tensors = _inputs(layer)
    sources = [graph.names[id(tensor)] for tensor in tensors]
    match layer:
        case layers.InputLayer():
            return
        case layers.DepthwiseConv2D():
            out = graph.convolve(sources[0], _depthwise(layer.kernel), layer.bias, **_depthwise_window(layer))
            out = _activate(graph, layer, out)
        case layers.SeparableConv2D():
            out = graph.convolve(sources[0], _depthwise(layer.depthwise_kernel), None, **_depthwise_window(layer))
            out = graph.convolve(out, _dense(layer.pointwise_kernel), layer.bias)
            out = _activate(graph, layer, out)
        case layers.Conv2D():
            out = graph.convolve(sources[0], _dense(layer.kernel), layer.bias, group=layer.groups, **_window(layer))
            out = _activate(graph, layer, out)
        case layers.BatchNormalization():
            mean, variance = _numbers(layer.moving_mean), _numbers(layer.moving_variance)
            factor = (_numbers(layer.gamma) if layer.scale else 1.0) / np.sqrt(variance + layer.epsilon)
            offset = (_numbers(layer.beta) if layer.center else 0.0) - mean * factor
            graph.convolution(layer, tensors[0]).scaled(factor, offset)
            out = sources[0]
        case CustomScaleLayer():
            graph.convolution(layer, tensors[1]).scaled(layer.scale)
            out = graph.add("Add", *sources)
        case layers.Activation():
            out = _activate(graph, layer, sources[0])
        case layers.ReLU(negative_slope=0, threshold=0):
            out = _relu(graph, sources[0], layer.max_value)
        case layers.Add():
            out = sources[0]
            for source in sources[1:]:
                out = graph.add("Add", out, source)
        case layers.Concatenate(axis=3 | -1):
            out = graph.add("Concat", *sources, axis=1)
        case layers.MaxPooling2D():
            out = graph.add("MaxPool", sources[0], kernel_shape=layer.pool_size, **_window(layer))
        case layers.AveragePooling2D():  # Keras, too, leaves padding out of the mean: ONNX's default
            out = graph.add("AveragePool", sources[0], kernel_shape=layer.pool_size, **_window(layer))
        case layers.ZeroPadding2D():
            (top, bottom), (left, right) = layer.padding
            out = graph.add("Pad", sources[0], graph.constant(np.array([0, 0, top, left, 0, 0, bottom, right])))
        case layers.GlobalAveragePooling2D(keepdims=False):
            out = graph.add("GlobalAveragePool", sources[0])
        case _:
            raise NotImplementedError(f"{_title(layer)} cannot be written as ONNX")
    graph.names[id(layer.output)] = out


def _window(layer: "keras.Layer") -> dict[str, Any]:
    """Strides and padding. SAME_UPPER is TensorFlow's "same": the odd pixel goes to the right and below."""
    if layer.data_format != "channels_last" or getattr(layer, "dilation_rate", (1, 1)) != (1, 1):
        raise NotImplementedError(f"{_title(layer)} is dilated or has its channels first")
    return {"strides": layer.strides, "auto_pad": {"same": "SAME_UPPER", "valid": "VALID"}[layer.padding]}


def _depthwise_window(layer: "keras.Layer") -> dict[str, Any]:
    return {"group": layer.input.shape[-1], **_window(layer)}


def _dense(kernel: Any) -> FloatArray:
    """(height, width, in, out) in ONNX's order."""
    return _numbers(kernel).transpose(3, 2, 0, 1)


def _depthwise(kernel: Any) -> FloatArray:
    """(height, width, in, multiplier) in ONNX's order, a group for each channel that comes in."""
    height, width, channels, multiplier = kernel.shape
    return _numbers(kernel).transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)


def _activate(graph: _Graph, layer: "keras.Layer", source: str) -> str:
    from keras import activations

    if layer.activation is activations.linear:
        return source
    if layer.activation is activations.relu:
        return _relu(graph, source, None)
    raise NotImplementedError(f"{_title(layer)} has another activation than relu")


def _relu(graph: _Graph, source: str, top: float | None) -> str:
    if top is None:
        return graph.add("Relu", source)
    return graph.add("Clip", source, graph.constant(np.array(0, np.float32)), graph.constant(np.array(top, np.float32)))


def _inputs(layer: "keras.Layer") -> list[Any]:
    """The tensors that a layer reads; none for the network's input."""
    from popularity.quiet_keras import keras

    if isinstance(layer, keras.layers.InputLayer):
        return []
    return layer.input if isinstance(layer.input, list) else [layer.input]


def _numbers(weight: Any) -> FloatArray:
    """A layer's weight, float64."""
    from keras import ops

    return np.asarray(ops.convert_to_numpy(weight), np.float64)


def _title(layer: "keras.Layer") -> str:
    return f"{type(layer).__name__} `{layer.name}`"
