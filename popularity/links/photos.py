"""Is it a photo? Decode, hash and shrink the bytes behind a link."""

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from popularity.links.reasons import NoPhotoError, Reason
from popularity.settings import FilterLinks

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
"""What browsers show as photos; each further decoder is one more that strangers' bytes reach."""

SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height
# What Pillow's decoders raise on bytes that break off or contradict themselves.
BROKEN = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, struct.error, zlib.error)


@dataclass(frozen=True)
class Photo:
    """A photo that is there."""

    width: int  # pixels as it came, upright
    height: int
    phash: str  # 64-bit perceptual hash, 16 hex digits
    stored_width: int
    stored_height: int
    jpeg: bytes  # RGB, longest side at most store_px


def read_photo(content: bytes, settings: FilterLinks) -> Photo:
    """Decode a photo whole and store it anew: what is kept holds pixels only, no EXIF and no other payload.

    Raises NoPhotoError: not an image, truncated, too small, too many pixels.
    """
    try:
        return _read(content, settings)
    except UnidentifiedImageError as error:
        raise NoPhotoError(Reason.NOT_AN_IMAGE) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPhotoError(Reason.TOO_MANY_PIXELS) from error
    except BROKEN as error:
        raise NoPhotoError(Reason.TRUNCATED) from error


def _read(content: bytes, settings: FilterLinks) -> Photo:
    from imagehash import phash

    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > settings.max_megapixels * 1e6:
            raise NoPhotoError(Reason.TOO_MANY_PIXELS)
        if min(width, height) < settings.min_px:
            raise NoPhotoError(Reason.TOO_SMALL)
        # A JPEG is decoded at a fraction of its size where that suffices; twice the stored size keeps it sharp.
        image.draft(None, (2 * settings.store_px, 2 * settings.store_px))
        image.load()
        sideways = image.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS
        photo = _rgb(image)
    photo.thumbnail((settings.store_px, settings.store_px), Image.Resampling.LANCZOS)
    photo = _upright(photo)
    photo.info.clear()  # Pillow would write comments and profiles out again
    stored = io.BytesIO()
    photo.save(stored, "JPEG", quality=settings.jpeg_quality)
    return Photo(
        width=height if sideways else width,
        height=width if sideways else height,
        phash=str(phash(photo)),
        stored_width=photo.width,
        stored_height=photo.height,
        jpeg=stored.getvalue(),
    )


def _rgb(image: Image.Image) -> Image.Image:
    """A copy in 8-bit RGB; what is transparent turns white."""
    if image.mode.startswith("I"):  # 16 bits of grey, which convert() would clip rather than scale
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _upright(photo: Image.Image) -> Image.Image:
    """Turned as EXIF says; as it is where EXIF is broken, for the pixels are not."""
    try:
        return ImageOps.exif_transpose(photo)
    except BROKEN:
        return photo
