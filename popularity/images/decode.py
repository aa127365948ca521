"""Stored photos as the squares of pixels that a network reads."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image, UnidentifiedImageError, features

CROP = 7 / 8  # of the shorter side: 224 of 256 px, as the networks' authors crop for evaluation

RULES = (
    f"the middle, {CROP} of the shorter side, JPEG decoded at reduced size, bicubic; "
    f"Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}"
)
"""What decides a square's pixels. A change of `read_square` needs another text here: finished embeddings go by it."""


def read_square(photo: bytes, side: int) -> npt.NDArray[np.uint8]:
    """Decode a photo into a square of RGB pixels, shape (side, side, 3).

    photo: a JPEG file. The middle of it, 7/8 of its shorter side, is scaled bicubically: what the backbones were
    evaluated on. Raises OSError where the bytes are no whole JPEG, or one of absurdly many pixels.
    """
    try:
        with Image.open(io.BytesIO(photo), formats=["JPEG"]) as image:
            whole = round(side / CROP)
            image.draft("RGB", (whole, whole))  # large ones are decoded at a half, quarter or eighth
            width, height = image.size
            half = min(width, height) * CROP / 2
            box = (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)
            return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC, box))
    except UnidentifiedImageError as error:  # whose text holds an address in memory
        raise OSError("it is no JPEG") from error
    except Image.DecompressionBombError as error:
        raise OSError(str(error)) from error


def read_squares(photos: Sequence[bytes], side: int) -> tuple[npt.NDArray[np.uint8], dict[int, OSError]]:
    """Decode photos as `read_square` does.

    Returns the pixels of those that decode, in order, shape (n, side, side, 3), and for each place of one that does
    not, why.
    """
    squares, broken = [], {}
    for place, photo in enumerate(photos):
        try:
            squares.append(read_square(photo, side))
        except OSError as error:
            broken[place] = error
    return np.array(squares, np.uint8).reshape(-1, side, side, 3), broken
