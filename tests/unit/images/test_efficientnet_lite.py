import keras
import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from torch.nn.functional import batch_norm, conv2d, linear, pad, relu6

from popularity.images import efficientnet_lite
from popularity.images.backbones import BACKBONES
from popularity.images.efficientnet_lite import INPUT_PX, PREPROCESSING, build, read_weights

SHIPPED = BACKBONES["efficientnet_lite0"].published.path


@pytest.fixture(scope="module")
def classifier():
    """The network with the layer that names what it sees."""
    network = build(INPUT_PX)
    whole = keras.Model(network.input, keras.layers.Dense(1000, name="fc")(network.output))
    read_weights(whole, SHIPPED)
    return whole


@pytest.fixture(scope="module")
def photos():
    """A cat and an espresso, each squeezed into a square; preprocessed, (2, 224, 224, 3)."""
    images = [Image.fromarray(pixels).resize((224, 224)) for pixels in (skimage.data.cat(), skimage.data.coffee())]
    return PREPROCESSING(np.stack([np.asarray(image) for image in images]))


def test_a_cat_comes_out_as_a_cat(classifier, photos):
    assert classifier.predict_on_batch(photos)[0].argmax() in range(281, 286)


def test_an_espresso_comes_out_as_an_espresso(classifier, photos):
    assert classifier.predict_on_batch(photos)[1].argmax() == 967


def test_logits_are_those_of_the_same_network_in_torch(classifier, photos):
    np.testing.assert_allclose(classifier.predict_on_batch(photos), logits_in_torch(photos), atol=1e-4)


def test_a_layer_of_another_shape_is_refused(tmp_path):
    state = torch.load(SHIPPED, weights_only=True)
    torch.save(state | {"_bn1.bias": torch.zeros(7)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="shape"):
        read_weights(build(32), tmp_path / "other.pth")


def test_layers_that_the_network_lacks_are_refused(tmp_path):
    state = torch.load(SHIPPED, weights_only=True)
    torch.save(state | {"_blocks.16._bn1.bias": torch.zeros(7)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"_blocks\.16"):
        read_weights(build(32), tmp_path / "other.pth")


def logits_in_torch(photos):
    """The network written straight down in torch, from the weights' own names."""
    state = torch.load(SHIPPED, weights_only=True)

    def convolve(x, name, stride=1, groups=1):
        weight = state[f"{name}.weight"]
        odd = max((-(-x.shape[-1] // stride) - 1) * stride + weight.shape[-1] - x.shape[-1], 0)
        before, after = odd // 2, odd - odd // 2  # TensorFlow's "same"
        return conv2d(pad(x, [before, after, before, after]), weight, stride=stride, groups=groups)

    def normalise(x, name):
        parts = [state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return batch_norm(x, *parts, eps=1e-3)

    strides = [
        stride if repeat == 0 else 1
        for repeats, _, stride, _, _ in efficientnet_lite.GROUPS
        for repeat in range(repeats)
    ]
    x = torch.tensor(photos).permute(0, 3, 1, 2)
    x = relu6(normalise(convolve(x, "_conv_stem", stride=2), "_bn0"))
    for number, stride in enumerate(strides):
        name, start = f"_blocks.{number}", x
        if f"{name}._expand_conv.weight" in state:
            x = relu6(normalise(convolve(x, f"{name}._expand_conv"), f"{name}._bn0"))
        x = relu6(normalise(convolve(x, f"{name}._depthwise_conv", stride, groups=x.shape[1]), f"{name}._bn1"))
        x = normalise(convolve(x, f"{name}._project_conv"), f"{name}._bn2")
        x = x + start if x.shape == start.shape else x
    x = relu6(normalise(convolve(x, "_conv_head"), "_bn1"))
    return linear(x.mean((2, 3)), state["_fc.weight"], state["_fc.bias"]).numpy()
