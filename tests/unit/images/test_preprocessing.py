from importlib import import_module

import numpy as np
import pytest

from popularity.images.backbones import BACKBONES

PIXELS = np.arange(3 * 256, dtype=np.uint16).astype(np.uint8).reshape(2, 8, 16, 3)  # every value in every channel


@pytest.mark.parametrize("name", sorted(set(BACKBONES) - {"efficientnet_lite0"}))
def test_it_is_that_of_keras_applications(name):
    expected = import_module(f"keras.applications.{name}").preprocess_input(PIXELS.astype(np.float32))
    found = BACKBONES[name].preprocessing(PIXELS)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.dtype == np.float32


def test_that_of_efficientnet_lite_is_its_authors():
    found = BACKBONES["efficientnet_lite0"].preprocessing(PIXELS)
    np.testing.assert_array_equal(found, (PIXELS.astype(np.float32) - 127) / 128)


def test_its_pixels_lie_in_the_order_that_runtimes_read():
    assert BACKBONES["vgg16"].preprocessing(PIXELS).flags.c_contiguous
