"""Is it a photo? Decode, hash and shrink the bytes behind a link."""

import io
import struct
import warnings
import zlib
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from popularity.links.formats import unread_format
from popularity.links.scans import count_scans
from popularity.settings import FilterLinks
from popularity.web.reasons import NoPhotoError, Reason

try:
    from pillow_heif import options, register_heif_opener
except ImportError:  # the extra `heif`
    OF_PHONES: tuple[str, ...] = ()
else:
    options.DECODE_THREADS = 1  # a decoder is one of many
    register_heif_opener()
    OF_PHONES = ("HEIF",)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", *OF_PHONES)
"""What browsers show as photos, and phones take; each further decoder is one more that strangers' bytes reach."""

FLAT = 0.25
"""Grey levels, of 256: where half of a photo's waves are nearer than this to the median one, it has no perceptual hash.

The hash says of 64 waves, those of the lowest frequencies, whether their amplitude is above the median. In one colour,
a gradient or a chessboard rounding decides that: storing again at JPEG quality 75 turned more than 2 bits in 62 % of
photos below this figure and in 4 % of those above (contrast lowered on purpose), and 41 % of pairs of unlike vertical
gradients lay within 2 bits. Of 3,126 photos of a real crawl it makes 6 flat.
"""

MOST_SCANS = 100
"""A progressive photo has about ten; with thousands 1 MB takes a minute."""

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a photo upright, by its EXIF orientation (Exif 3.0, 4.6.5.1; 1: it is)."""
SIDEWAYS = (5, 6, 7, 8)  # that swap width and height
# What Pillow's decoders raise on bytes that break off or contradict themselves.
BROKEN = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, struct.error, zlib.error)


@dataclass(frozen=True)
class Photo:
    """A photo that is there."""

    width: int  # pixels as it came, upright
    height: int
    phash: str  # 64-bit perceptual hash, 16 hex digits; "" of a photo that is too flat for one
    stored_width: int
    stored_height: int
    jpeg: bytes  # RGB, longest side at most store_px


def read_photo(content: bytes, settings: FilterLinks) -> Photo:
    """Decode a photo whole and store it anew: what is kept holds pixels only, no EXIF and no other payload.

    Raises NoPhotoError, whatever a decoder raises: not an image, truncated, too small, too many pixels, too costly to
    decode, cannot be decoded. How much time and memory it takes is for `decoders` to bound.
    """
    if count_scans(content) > MOST_SCANS:
        raise NoPhotoError(Reason.TOO_COSTLY)
    try:
        with warnings.catch_warnings(action="ignore"):  # of EXIF that is corrupt; pixels are counted here
            return _read(content, settings)
    except NoPhotoError:
        raise
    except UnidentifiedImageError as error:
        raise NoPhotoError(unread_format(content) or Reason.NOT_AN_IMAGE) from error
    except Image.DecompressionBombError as error:
        raise NoPhotoError(Reason.TOO_MANY_PIXELS) from error
    except BROKEN as error:
        raise NoPhotoError(Reason.TRUNCATED) from error
    except MemoryError as error:
        raise NoPhotoError(Reason.TOO_COSTLY) from error
    except Exception as error:
        raise NoPhotoError(Reason.UNDECODABLE) from error


def refuse_size(width: int, height: int, settings: FilterLinks) -> None:
    """Raises NoPhotoError: too many pixels, too small."""
    if width * height > settings.max_megapixels * 1e6:
        raise NoPhotoError(Reason.TOO_MANY_PIXELS)
    if min(width, height) < settings.min_px:
        raise NoPhotoError(Reason.TOO_SMALL)


def _read(content: bytes, settings: FilterLinks) -> Photo:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        refuse_size(width, height, settings)
        # A JPEG is decoded at a fraction of its size where that suffices; twice the stored size keeps it sharp.
        image.draft(None, (2 * settings.store_px, 2 * settings.store_px))
        image.load()
        orientation = _orientation(image)
        photo = _rgb(image, settings.store_px)
    if orientation in UPRIGHT:
        photo = photo.transpose(UPRIGHT[orientation])
    sideways = orientation in SIDEWAYS
    photo.info.clear()  # Pillow would write comments and profiles out again
    stored = io.BytesIO()
    photo.save(stored, "JPEG", quality=settings.jpeg_quality)
    return Photo(
        width=height if sideways else width,
        height=width if sideways else height,
        phash=perceptual_hash(photo),
        stored_width=photo.width,
        stored_height=photo.height,
        jpeg=stored.getvalue(),
    )


def perceptual_hash(photo: Image.Image) -> str:
    """`imagehash.phash` in hex, or "" where the photo is FLAT: copies of it are those with the same bytes alone."""
    from imagehash import phash
    from scipy.fft import dctn

    thumbnail = photo.convert("L").resize((32, 32), Image.Resampling.LANCZOS)  # as phash does it
    amplitudes = dctn(np.asarray(thumbnail, np.float64))[:8, :8] / thumbnail.width**2
    flat = np.median(np.abs(amplitudes - np.median(amplitudes))) < FLAT
    return "" if flat else str(phash(thumbnail))


def _rgb(image: Image.Image, longest: int) -> Image.Image:
    """A copy in 8-bit RGB, shrunk; what is transparent turns white. One other copy of all pixels at most."""
    if image.mode.startswith("I"):  # 16 bits of grey, which convert() would clip rather than scale
        grey = image if image.mode == "I;16" else image.convert("I")
        return _shrunk(grey.point(lambda value: value * (1 / 256)).convert("L"), longest).convert("RGB")
    if image.has_transparency_data:
        small = _shrunk(image if image.mode == "RGBA" else image.convert("RGBA"), longest)
        return Image.alpha_composite(Image.new("RGBA", small.size, "white"), small).convert("RGB")
    return _shrunk(image if image.mode in ("RGB", "L") else image.convert("RGB"), longest).convert("RGB")


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return image


def _orientation(image: Image.Image) -> int:
    """As the original's EXIF says, 1 to 8; 1 where it is broken, for the pixels are not."""
    with suppress(Exception):
        said = image.getexif().get(ExifTags.Base.Orientation)
        return int(said) if said in UPRIGHT else 1
    return 1
