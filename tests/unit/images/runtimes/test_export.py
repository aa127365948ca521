import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from popularity.images.backbones import BACKBONES, CENTRED, SCALED, find_weights, load
from popularity.images.preprocessing import Preprocessing
from popularity.images.runtimes.export import RULES, export, scale_layer

if TYPE_CHECKING:
    import keras
    import onnx

AS_THEY_ARE = Preprocessing((0, 1, 2), (0, 0, 0), (1, 1, 1))
SMALLEST = {"inception_resnet_v2": 75, "inception_v3": 75, "xception": 71}  # px that Keras accepts, 32 for the others
Layers = Callable[[Any], Any]


def disagreement(network: "keras.Model", preprocessing: Preprocessing = AS_THEY_ARE) -> float:
    """Of the exported graph with Keras, relative to how much embeddings of random photos differ."""
    rng = np.random.default_rng(1)
    for weight in network.weights:  # batch norm's start as if it were not there
        middle = 1.0 if weight.name in ("gamma", "moving_variance") else 0.0
        if "kernel" not in weight.name:
            weight.assign(rng.uniform(middle - 0.2, middle + 0.2, weight.shape))
    photos = rng.integers(0, [[[[50]]], [[[150]]], [[[256]]]], (3, *network.input.shape[1:]), np.uint8)
    expected = np.asarray(network(preprocessing(photos), training=False))
    session = onnxruntime.InferenceSession(export(network, preprocessing).SerializeToString())
    found = np.concatenate([session.run(None, {"pixels": photo[None]})[0] for photo in photos])
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / np.ptp(expected, axis=0).max())


def probed(side: int, layers: Layers) -> "keras.Model":
    """A network of these layers whose output tells where in the photo each of their numbers is."""
    import keras

    keras.utils.set_random_seed(1)
    photo = keras.layers.Input((side, side, 3))
    x = layers(photo)
    x = keras.layers.Conv2D(5, x.shape[1:3])(x)
    return keras.Model(photo, keras.layers.GlobalAveragePooling2D()(x))


windows = st.tuples(
    st.integers(5, 10),  # side
    st.integers(1, 4) | st.tuples(st.integers(1, 4), st.integers(1, 4)),  # kernel
    st.sampled_from([1, 2, 3]),  # stride
    st.sampled_from(["same", "valid"]),
)
some = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@some
@given(windows, st.booleans(), st.sampled_from([None, "relu"]))
def test_convolutions(window: tuple[int, int, int, Any], bias: bool, activation: str | None) -> None:
    from keras.layers import Conv2D

    side, kernel, stride, padding = window
    layer = Conv2D(4, kernel, stride, padding, use_bias=bias, activation=activation)
    assert disagreement(probed(side, layer)) < 1e-5


@some
@given(windows, st.integers(1, 2), st.booleans())
def test_convolutions_of_each_channel(window: tuple[int, int, int, Any], multiplier: int, bias: bool) -> None:
    from keras.layers import DepthwiseConv2D

    side, kernel, stride, padding = window
    layer = DepthwiseConv2D(kernel, stride, padding, depth_multiplier=multiplier, use_bias=bias)
    assert disagreement(probed(side, layer)) < 1e-5


@some
@given(windows, st.integers(1, 2), st.sampled_from([None, "relu"]))
def test_separable_convolutions(window: tuple[int, int, int, Any], multiplier: int, activation: str | None) -> None:
    from keras.layers import SeparableConv2D

    side, kernel, stride, padding = window
    layer = SeparableConv2D(4, kernel, stride, padding, depth_multiplier=multiplier, activation=activation)
    assert disagreement(probed(side, layer)) < 1e-5


@some
@given(windows, st.sampled_from(["MaxPooling2D", "AveragePooling2D"]))
def test_pooling(window: tuple[int, int, int, Any], kind: str) -> None:
    import keras

    side, size, stride, padding = window
    assume(np.min(size) >= stride)  # no backbone skips pixels, and ONNX Runtime refuses some of that
    layer = getattr(keras.layers, kind)(size, stride, padding)
    assert disagreement(probed(side, layer)) < 1e-5


def of_one_input() -> Iterator[Any]:
    def normalised(x: Any, **options: bool) -> Any:
        from keras.layers import BatchNormalization, Conv2D

        return BatchNormalization(**options)(Conv2D(4, 3)(x))

    def relu(x: Any, *top: float) -> Any:
        from keras.layers import Activation, ReLU

        return ReLU(*top)(normalised(x)) if top else Activation("relu")(normalised(x))

    def padded(x: Any) -> Any:
        from keras.layers import ZeroPadding2D

        return ZeroPadding2D(((1, 2), (3, 0)))(x)

    yield pytest.param(normalised, id="batch norm")
    yield pytest.param(lambda x: normalised(x, scale=False), id="batch norm without a scale")
    yield pytest.param(lambda x: normalised(x, center=False), id="batch norm without a centre")
    yield pytest.param(relu, id="relu")
    yield pytest.param(lambda x: relu(x, 6), id="relu to 6")
    yield pytest.param(padded, id="zero padding")


@pytest.mark.parametrize("layers", list(of_one_input()))
def test_layers_of_one_input(layers: Layers) -> None:
    assert disagreement(probed(7, layers)) < 1e-5


@pytest.mark.parametrize("kind", ["Add", "Concatenate", "CustomScaleLayer"])
def test_layers_that_join(kind: str) -> None:
    import keras

    def joined(x: Any) -> Any:
        branches = [keras.layers.Conv2D(4, 1)(x) for _ in range(2)]
        layer = scale_layer()(0.2) if kind == "CustomScaleLayer" else getattr(keras.layers, kind)()
        return layer(branches)

    assert disagreement(probed(7, joined)) < 1e-5


def test_three_are_added() -> None:
    import keras

    def joined(x: Any) -> Any:
        return keras.layers.Add()([keras.layers.Conv2D(4, 1)(x) for _ in range(3)])

    assert disagreement(probed(5, joined)) < 1e-5


@pytest.mark.parametrize("preprocessing", [SCALED, CENTRED])
def test_preprocessing_is_part_of_the_graph(preprocessing: Preprocessing) -> None:
    assert disagreement(probed(5, lambda x: x), preprocessing) < 1e-5


def refused() -> Iterator[Any]:
    def of(kind: str, *arguments: Any, **options: Any) -> Layers:
        def layers(x: Any) -> Any:
            import keras

            return getattr(keras.layers, kind)(*arguments, **options, name="this")(x)

        return layers

    def shared(x: Any) -> Any:
        import keras

        x = keras.layers.Conv2D(4, 1)(x)
        return keras.layers.Add()([x, keras.layers.BatchNormalization(name="this")(x)])

    yield pytest.param(of("LayerNormalization"), id="unknown")
    yield pytest.param(of("Conv2D", 4, 3, dilation_rate=2), id="dilated")
    yield pytest.param(of("Conv2D", 4, 3, activation="gelu"), id="another activation")
    yield pytest.param(of("ReLU", negative_slope=0.1), id="leaky")
    yield pytest.param(of("BatchNormalization"), id="batch norm of a photo")
    yield pytest.param(shared, id="batch norm of what others read")


@pytest.mark.parametrize("layers", list(refused()))
def test_a_layer_that_cannot_be_written_is_named(layers: Layers) -> None:
    with pytest.raises(NotImplementedError, match="`this`"):
        export(probed(7, layers), AS_THEY_ARE)


def digest(graph: "onnx.GraphProto") -> str:
    """Of its nodes and constants, whatever the network and its layers are called."""
    from onnx import helper, numpy_helper

    found = hashlib.sha256()
    for node in graph.node:
        options = [(option.name, helper.get_attribute_value(option)) for option in node.attribute]
        found.update(repr((node.op_type, list(node.input), list(node.output), options)).encode())
    for constant in graph.initializer:
        array = numpy_helper.to_array(constant)
        found.update(f"{constant.name} {array.dtype} {array.shape}".encode() + array.tobytes())
    return found.hexdigest()


def every_layer() -> "keras.Model":
    """A network of each kind of layer that is written, with the same weights on every machine."""
    import keras
    from keras import layers

    photo = layers.Input((12, 12, 3))
    x = layers.ZeroPadding2D(((1, 2), (3, 0)))(photo)
    x = layers.ReLU(6)(layers.BatchNormalization()(layers.Conv2D(4, 3, 2, padding="same")(x)))
    x = layers.DepthwiseConv2D(3, activation="relu", depth_multiplier=2)(x)
    x = layers.Activation("relu")(layers.SeparableConv2D(6, 3, padding="same")(x))
    x = scale_layer()(0.2)([x, layers.Conv2D(6, 1)(x)])
    x = layers.Add()([x, layers.Conv2D(6, 1)(x)])
    pooled = [layers.MaxPooling2D(2, padding="same")(x), layers.AveragePooling2D(2, padding="same")(x)]
    network = keras.Model(photo, layers.GlobalAveragePooling2D()(layers.Concatenate()(pooled)))
    rng = np.random.default_rng(1)
    network.set_weights([rng.random(weight.shape, np.float32) for weight in network.weights])
    return network


def test_an_edit_that_changes_the_graph_needs_another_text_for_finished_embeddings_go_by_it() -> None:
    """A new digest comes here with the new text: RULES of export.py, and of efficientnet_lite.py for the second."""
    graph = digest(export(every_layer(), CENTRED).graph)
    assert (graph, RULES) == (
        "3ded0619317f936b717534877d4027804aed48fe7bcc7c7474334ccae3b306fd",
        "ONNX opset 17, batch norm and scales folded in float64, channels first, preprocessing in the graph",
    )


def test_an_edit_that_changes_the_default_network_needs_another_text_for_finished_embeddings_go_by_it() -> None:
    """Build, port of the weights and export: see above."""
    lite = BACKBONES["efficientnet_lite0"]
    graph = digest(export(load(lite, find_weights(lite, "imagenet")), lite.preprocessing).graph)
    assert (graph, hashlib.sha256((RULES + lite.rules).encode()).hexdigest()) == (
        "cb3bea84c3d90d0420df1d60d1d07a9ae751eb4419e0c1779071259bc9930d08",
        "65d4e0b9a6b9d228374020c5d10f9ce245de00494719810f66bc80cc1c7d2682",
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BACKBONES))
def test_every_backbone(name: str) -> None:
    backbone = BACKBONES[name]
    network = backbone.build(SMALLEST.get(name, 32))
    assert disagreement(network, backbone.preprocessing) < 1e-2  # random layers leave little of photos' differences
