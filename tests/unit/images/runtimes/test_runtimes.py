import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
import skimage.data
from PIL import Image

from popularity.errors import UserError
from popularity.images import runtimes
from popularity.images.backbones import BACKBONES, find_weights
from popularity.images.runtimes import PACKAGES, Network, choose, describe, open_network
from popularity.images.runtimes.onnxruntime import OnnxNetwork

BATCH = 5
LITE = BACKBONES["efficientnet_lite0"]

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def photos() -> Pixels:
    """As many as a batch."""
    shown = [skimage.data.cat(), skimage.data.coffee(), skimage.data.astronaut(), skimage.data.rocket()]
    side = LITE.input_px
    return np.stack([np.asarray(Image.fromarray(p).resize((side, side))) for p in [*shown, shown[0][:, ::-1]]])


@pytest.fixture(scope="module", params=list(PACKAGES))
def network(request: pytest.FixtureRequest) -> Network:
    return open_network(LITE, find_weights(LITE, "imagenet"), request.param, BATCH)


@pytest.fixture(scope="module")
def in_keras(photos: Pixels) -> npt.NDArray[np.float32]:
    return open_network(LITE, find_weights(LITE, "imagenet"), "keras", BATCH)(photos)


def test_embeddings_are_those_of_keras(network: Network, photos: Pixels, in_keras: npt.NDArray[np.float32]) -> None:
    found = network(photos)
    assert (found.shape, found.dtype) == ((BATCH, LITE.length), np.float32)
    assert np.linalg.norm(found - in_keras, axis=1).max() < 1e-5 * np.linalg.norm(in_keras, axis=1).min()


def test_a_photos_embedding_has_the_same_bytes_alone_and_anywhere_among_others(
    network: Network, photos: Pixels
) -> None:
    first = network(photos)[0].tobytes()
    for count in range(1, BATCH):
        assert network(photos[:count])[0].tobytes() == first
    for place in range(BATCH):
        alone = np.zeros_like(photos)
        alone[place] = photos[0]
        assert network(alone)[place].tobytes() == first
        assert network(np.roll(photos, place, axis=0))[place].tobytes() == first


def test_no_photo_has_no_embedding(network: Network, photos: Pixels) -> None:
    assert network(photos[:0]).shape == (0, LITE.length)


def test_onnx_runtime_runs_the_photos_that_are_there_and_no_padding(
    photos: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = OnnxNetwork(LITE, None, BATCH)
    session, seen = network._session, []

    class Counting:
        def run(self, names: list[str], photo: dict[str, Pixels]) -> list[npt.NDArray[np.float32]]:
            seen.append(photo)
            return session.run(names, photo)

    monkeypatch.setattr(network, "_session", Counting())
    network(photos[:2])
    assert len(seen) == 2


def test_threads_that_call_it_at_once_get_what_one_gets(network: Network, photos: Pixels) -> None:
    batches = [np.roll(photos, shift, axis=0) for shift in range(BATCH)] * 3
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(network, batches))
    for batch, found in zip(batches, together, strict=True):
        assert found.tobytes() == network(batch).tobytes()


def test_it_says_what_runs_it_and_how_many_photos_it_sees(network: Network) -> None:
    import tensorflow

    name = network.runtime.split()[0]
    backend = f" on tensorflow {tensorflow.__version__}" if name == "keras" else ""
    assert (network.runtime, network.batch) == (f"{name} {version(name)}{backend}", BATCH)
    assert network.runtime == describe(name)


def test_auto_is_the_first_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("auto") == "onnxruntime"
    monkeypatch.setitem(runtimes.PACKAGES, "onnxruntime", ("no-such-package",))
    assert choose("auto") == "keras"


def test_a_runtime_that_is_not_installed_is_an_error_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(runtimes.PACKAGES, "onnxruntime", ("onnxruntime", "no-such-package"))
    with pytest.raises(UserError, match=r"image_embeddings\.runtime is onnxruntime(.|\n)*pip install no-such-package`"):
        choose("onnxruntime")


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, marks=pytest.mark.slow if order[0] == "tensorflow" else pytest.mark.long)
        for order in permutations(["tensorflow", "torch", "onnxruntime"])
    ],
)
def test_they_live_in_one_process_whatever_is_imported_first(order: tuple[str, ...]) -> None:
    code = f"""
import {", ".join(order)}
import numpy as np
from popularity.images.backbones import BACKBONES
from popularity.images.runtimes import open_network
photos = np.zeros((1, 224, 224, 3), np.uint8)
for runtime in ("onnxruntime", "keras"):
    print(open_network(BACKBONES["efficientnet_lite0"], None, runtime, 1)(photos).shape)
print(torch.ones(2, 2) @ torch.ones(2, 2))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("(1, 1280)") == 2
