import hashlib
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import torch

from popularity.errors import UserError
from popularity.images.backbones import BACKBONES, find_weights, load
from popularity.images.weights import PUBLISHER, Shipped
from popularity.settings import ImageEmbeddings

LITE, VGG = BACKBONES["efficientnet_lite0"], BACKBONES["vgg16"]
SMALL = {"inception_resnet_v2": 75, "inception_v3": 75, "xception": 71}
"""The least sides in px that keras.applications takes; 32 for the others."""

DIGEST = """
import hashlib
from popularity.images.backbones import BACKBONES, load
network = load(BACKBONES["efficientnet_lite0"], None, side=32)
print(hashlib.sha256(b"".join(array.tobytes() for array in network.get_weights())).hexdigest())
"""


def test_params_may_name_each_of_them_and_no_other():
    assert list(ImageEmbeddings.model_fields["backbone"].annotation.__args__) == list(BACKBONES)


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
def test_it_is_the_network_that_its_entry_describes(name):
    backbone = BACKBONES[name]
    side = SMALL.get(name, 32)
    network = load(backbone, None, side=side)
    assert (network.input_shape, network.output_shape) == ((None, side, side, 3), (None, backbone.length))
    if not isinstance(backbone.published, Shipped):  # the package's file holds a classifier too
        assert backbone.published.megabytes == round(4 * network.count_params() / 1e6)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(BACKBONES) - {"efficientnet_lite0"}))
def test_the_download_is_what_the_installed_keras_would_fetch(name, monkeypatch):
    asked = {}

    class AskedError(Exception):
        pass

    def get_file(file, url, *, file_hash, **_):
        asked.update(file=file, url=url, file_hash=file_hash)
        raise AskedError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    module = import_module(f"keras.applications.{name}")
    constructor = next(value for key, value in vars(module).items() if key.lower() == name.replace("_", ""))
    side = SMALL.get(name, 32)
    with pytest.raises(AskedError):
        constructor(include_top=False, weights="imagenet", input_shape=(side, side, 3))
    published = BACKBONES[name].published
    assert asked == {
        "file": published.path.name,
        "url": f"{PUBLISHER}/{published.address}",
        "file_hash": published.checksum.removeprefix("md5:"),
    }


@pytest.mark.slow
def test_random_weights_are_the_same_in_every_process():
    keras.utils.set_random_seed(77)
    here = hashlib.sha256(b"".join(array.tobytes() for array in load(LITE, None, side=32).get_weights())).hexdigest()
    there = subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True)
    assert there.stdout.split() == [here]


def test_random_weights_are_the_same_whatever_the_side():
    for one, other in zip(load(LITE, None, 32).get_weights(), load(LITE, None, 64).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_random_features_survive_float16():
    pixels = np.random.default_rng(1).integers(0, 256, (1, 224, 224, 3), np.uint8)
    features = load(LITE, None).predict_on_batch(LITE.preprocessing(pixels)).astype(np.float16)
    assert 0.01 < features.std() < 100


def test_weights_of_a_file_do_not_depend_on_the_side():
    shipped = find_weights(LITE, "imagenet")
    for one, other in zip(load(LITE, shipped, 32).get_weights(), load(LITE, shipped, 64).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_none_is_no_file():
    assert find_weights(VGG, "none") is None


def test_a_given_file_is_used_as_it_is(tmp_path):
    (tmp_path / "mine.h5").write_bytes(b"")
    assert find_weights(VGG, str(tmp_path / "mine.h5")) == tmp_path / "mine.h5"


def test_weights_are_found_in_a_project_that_is_not_the_current_folder(tmp_path):
    (tmp_path / "mine.h5").touch()
    assert find_weights(VGG, "mine.h5", tmp_path) == tmp_path / "mine.h5"
    with pytest.raises(UserError, match=f"{tmp_path}/other.h5"):
        find_weights(VGG, "other.h5", tmp_path)
    kept = tmp_path / VGG.published.path
    kept.parent.mkdir()
    kept.write_bytes(b"another file")
    with pytest.raises(UserError, match=f"{kept} is not the published file"):
        find_weights(VGG, "imagenet", tmp_path)
    assert find_weights(LITE, "imagenet", tmp_path) == find_weights(LITE, "imagenet")


@pytest.mark.parametrize("given", ["nowhere.h5", "."])
def test_a_given_file_that_is_not_there_is_an_error_that_says_where_weights_are(given):
    with pytest.raises(UserError) as caught:
        find_weights(VGG, given)
    for said in (f"image_embeddings.weights is {given}", "vgg16", "weights/vgg16_weights_tf_dim_ordering"):
        assert said in str(caught.value)


@pytest.fixture(scope="module", params=["vgg16.h5", "vgg16.weights.h5"])
def saved(request, tmp_path_factory):
    """Weights of a vgg16 as Keras 2 and as Keras 3 write them, and the network."""
    network = load(VGG, None, side=32)
    network.set_weights([array + 1 for array in network.get_weights()])  # no seed gives these
    file = tmp_path_factory.mktemp("saved") / request.param
    network.save_weights(file) if file.name.endswith(".weights.h5") else network.save(file)
    yield file, network
    file.unlink()


def test_weights_of_a_file_come_back(saved):
    file, network = saved
    for found, written in zip(load(VGG, file, side=48).get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(found, written)


def expect_refusal(backbone, file):
    with pytest.raises(UserError) as caught:
        load(backbone, file, side=SMALL.get(backbone.name, 32))
    for said in (f"image_embeddings.weights: {file} holds no weights of {backbone.name}: ", "imagenet"):
        assert said in str(caught.value)
    assert str(backbone.published.path) in str(caught.value)


@pytest.mark.parametrize("name", ["vgg19", "resnet50"])
def test_weights_of_another_network_are_refused(saved, name):
    expect_refusal(BACKBONES[name], saved[0])


def test_a_file_that_lacks_a_layer_is_refused(saved, tmp_path):
    lacking = Path(shutil.copy(saved[0], tmp_path))
    with h5py.File(lacking, "r+") as content:
        del content["layers/conv2d_5" if lacking.name.endswith(".weights.h5") else "model_weights/block3_conv2"]
    expect_refusal(VGG, lacking)
    lacking.unlink()


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.5, 0.9999])
def test_a_truncated_h5_file_is_refused(saved, tmp_path, share):
    content = saved[0].read_bytes()
    short = tmp_path / saved[0].name
    short.write_bytes(content[: int(share * len(content))])
    expect_refusal(VGG, short)
    short.unlink()


@pytest.mark.parametrize("name", ["weights.h5", "weights.weights.h5", "weights.txt", "weights.pth", "weights.keras"])
@pytest.mark.parametrize("content", [b"", b"not weights at all\n", b"\x89HDF\r\n\x1a\n" + bytes(500)])
@pytest.mark.parametrize("backbone", [LITE, VGG], ids=lambda backbone: backbone.name)
def test_what_is_no_weights_file_is_refused(tmp_path, backbone, name, content):
    (tmp_path / name).write_bytes(content)
    expect_refusal(backbone, tmp_path / name)


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.5, 0.9999])
def test_a_truncated_torch_file_is_refused(tmp_path, share):
    content = LITE.published.path.read_bytes()
    (tmp_path / "short.pth").write_bytes(content[: int(share * len(content))])
    expect_refusal(LITE, tmp_path / "short.pth")


@pytest.mark.parametrize("content", [[1, 2], {"a": 1}, torch.zeros(3), {"_conv_stem.weight": torch.zeros(3)}, {}])
def test_a_torch_file_of_something_else_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "other.pth")
    expect_refusal(LITE, tmp_path / "other.pth")


def test_a_torch_file_that_would_run_code_is_refused_and_does_not(tmp_path):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    torch.save({"_conv_stem.weight": Bomb()}, tmp_path / "bomb.pth")
    expect_refusal(LITE, tmp_path / "bomb.pth")
    assert not (tmp_path / "ran").exists()
