import numpy as np
import pytest

from kit.stored_photos import jpeg
from popularity.images.decode import read_square, read_squares


@pytest.mark.parametrize("shape", [(400, 100, 3), (100, 400, 3), (1000, 1300, 3), (16, 16, 3)])
def test_a_photo_of_any_shape_becomes_the_square(shape):
    assert read_square(jpeg(np.zeros(shape, np.uint8)), 224).shape == (224, 224, 3)


def test_the_square_is_the_middle_of_the_photo():
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 255
    assert read_square(jpeg(pixels), 224)[112, 10:-10].min() > 240


def test_a_large_photo_is_decoded_at_reduced_size(monkeypatch):
    sizes = []
    from PIL import Image

    resize = Image.Image.resize

    def watched(image, *args):
        sizes.append(image.size)
        return resize(image, *args)

    monkeypatch.setattr(Image.Image, "resize", watched)
    read_square(jpeg(np.zeros((1024, 2048, 3), np.uint8)), 224)
    assert sizes == [(512, 256)]


def test_pixels_of_a_reduced_photo_are_those_of_the_whole_one():
    ramp = np.linspace(0, 255, 1024).astype(np.uint8)
    pixels = np.repeat(np.stack(np.meshgrid(ramp, ramp), axis=-1), [1, 2], axis=-1)
    reduced = read_square(jpeg(pixels), 64).astype(int)
    expected = np.interp((np.arange(64) + 0.5) * 14 + 63.5, np.arange(1024), ramp)
    assert np.abs(reduced[:, :, 0] - expected).max() < 3


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"GIF89a" + bytes(100), jpeg(np.zeros((64, 64, 3), np.uint8))[:-40]],
    ids=["nothing", "a page", "another format", "truncated"],
)
def test_what_is_no_whole_jpeg_is_an_oserror(content):
    with pytest.raises(OSError, match=r"."):
        read_square(content, 32)


def test_a_small_file_of_very_many_pixels_is_an_oserror():
    content = bytearray(jpeg(np.zeros((64, 64, 3), np.uint8)))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(OSError, match="pixels"):
        read_square(bytes(content), 32)


def test_in_a_batch_what_does_not_decode_is_left_out_and_named_by_its_place():
    grey, white = (jpeg(np.full((64, 64, 3), shade, np.uint8)) for shade in (100, 255))
    pixels, broken = read_squares([grey, b"<html>", white], 32)
    assert (pixels.shape, pixels.dtype) == ((2, 32, 32, 3), np.uint8)
    assert pixels.mean(axis=(1, 2, 3)).tolist() == [100, 255]
    assert list(broken) == [1]
    assert str(broken[1]) == "it is no JPEG"


def test_a_batch_of_which_none_decodes_has_no_pixels():
    pixels, broken = read_squares([b"<html>"], 32)
    assert (pixels.shape, list(broken)) == ((0, 32, 32, 3), [0])
