import io
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import ExifTags, Image

from popularity.links.formats import unread_format
from popularity.links.photos import FORMATS, Photo, perceptual_hash, read_photo
from popularity.settings import FilterLinks, load_settings
from popularity.web.reasons import NoPhotoError, Reason

PARAMS = Path(__file__).parents[3] / "params.yaml"
SETTINGS = load_settings(PARAMS).filter_links


def scene(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Dark at the left and bright at the right, with some texture."""
    ramp = np.linspace(0, 200, width)[None, :] + 20 * np.sin(np.arange(height) / 3)[:, None]
    return Image.fromarray(np.clip(ramp + 25, 0, 255).astype(np.uint8)).convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def stored(photo: Photo) -> Image.Image:
    image = Image.open(io.BytesIO(photo.jpeg))
    image.load()
    return image


def refusal(content: bytes, settings: FilterLinks = SETTINGS) -> str:
    with pytest.raises(NoPhotoError) as gone:
        read_photo(content, settings)
    return gone.value.reason


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("AVIF", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
    ],
)
def test_any_kind_of_photo_is_stored_as_rgb_jpeg(kind: str, mode: str) -> None:
    image = stored(read_photo(encoded(scene(40, 30, mode), kind), SETTINGS))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (40, 30))


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    grey = Image.fromarray(np.full((20, 20), 32768, dtype=np.uint16))
    assert np.asarray(stored(read_photo(encoded(grey, "PNG"), SETTINGS))).mean() == pytest.approx(128, abs=1)


def test_what_is_transparent_turns_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert np.asarray(stored(read_photo(encoded(clear, "PNG"), SETTINGS))).min() > 250


def test_the_first_frame_of_an_animation_is_the_photo() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("white", "black")]
    film = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.asarray(stored(read_photo(film, SETTINGS))).min() > 250


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longest_side_is_shrunk_and_the_size_as_it_came_is_told(kind: str) -> None:
    photo = read_photo(encoded(scene(1600, 800), kind), SETTINGS)
    assert (photo.width, photo.height) == (1600, 800)
    assert (photo.stored_width, photo.stored_height) == stored(photo).size == (320, 160)


WITH_EXIF = [
    (kind, mode)
    for kind in FORMATS
    if kind not in ("GIF", "HEIF")  # a HEIF file says it in its own way, which the decoder follows
    for mode in ("RGB", "RGBA", "L", "P")
    if not (kind == "JPEG" and mode in ("RGBA", "P")) and not (kind == "AVIF" and mode == "P")
]
"""A photo with transparency is laid on white in between."""


@pytest.mark.parametrize(("kind", "mode"), WITH_EXIF)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_as_its_exif_says(kind: str, mode: str, orientation: int) -> None:
    corners = Image.fromarray(np.array([[0, 90], [160, 250]], np.uint8)).resize((800, 400), Image.Resampling.NEAREST)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    lying = corners if orientation == 1 else corners.transpose(LAID[orientation])
    options = {"speed": 10} if kind == "AVIF" else {}
    photo = read_photo(encoded(lying.convert(mode), kind, exif=exif, **options), SETTINGS)
    pixels = np.asarray(stored(photo).convert("L"))
    assert (photo.width, photo.height, *pixels.shape) == (800, 400, 160, 320)
    assert pixels[[40, 40, 120, 120], [80, 240, 80, 240]] == pytest.approx([0, 90, 160, 250], abs=25)


LAID = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera lays an upright photo down before it notes that orientation."""

BROKEN_EXIF = {
    "no TIFF": b"Exif\0\0garbage",
    "a directory beyond the end": b"Exif\0\0MM\0*\xff\xff\xff\xff garbage",
    "an orientation of 16 numbers": b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\x10\0\0\0\x1a" + b"\2\x58" * 20,
    "an orientation of 99": b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x63\0\0\0\0\0\0",
    "empty": b"Exif\0\0",
}


@pytest.mark.parametrize(("kind", "mode"), WITH_EXIF)
@pytest.mark.parametrize("name", BROKEN_EXIF)
def test_broken_exif_does_not_cost_the_photo(kind: str, mode: str, name: str) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            content = encoded(scene(40, 30, mode), kind, exif=BROKEN_EXIF[name])
    except (SyntaxError, ValueError, struct.error):
        pytest.skip(f"Pillow writes no such {kind}")
    assert read_photo(content, SETTINGS).width == 40


def test_nothing_but_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "somebody"
    content = encoded(scene(40, 30), "JPEG", exif=exif, comment=b"payload") + b"payload"
    photo = read_photo(content, SETTINGS)
    assert b"somebody" not in photo.jpeg
    assert b"payload" not in photo.jpeg


def test_the_hash_is_near_for_a_copy_and_far_for_another_photo() -> None:
    blobs = np.random.default_rng(3).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    photo = Image.fromarray(blobs).resize((800, 600))
    hashes = [
        int(read_photo(content, SETTINGS).phash, 16)
        for content in (
            encoded(photo, "PNG"),
            encoded(photo.resize((400, 300)), "JPEG", quality=60),
            encoded(photo.rotate(90), "PNG"),
        )
    ]
    assert (hashes[0] ^ hashes[1]).bit_count() <= 10 < (hashes[0] ^ hashes[2]).bit_count()


FLAT_PHOTOS = {
    "one colour": np.full((240, 320), 90.0),
    "grain": 90 + np.random.default_rng(0).normal(0, 8, (240, 320)),
    "a clear sky": np.linspace(60, 230, 240)[:, None] + np.zeros(320),
    "a slanted gradient": np.linspace(40, 140, 240)[:, None] + np.linspace(0, 90, 320),
    "a chessboard": (np.indices((240, 240)) // 60).sum(axis=0) % 2 * 200.0,
}
"""Grey levels; a hash of these would say what rounding did."""


@pytest.mark.parametrize("name", FLAT_PHOTOS)
@pytest.mark.parametrize("quality", [75, 95])
def test_a_flat_photo_has_no_hash(name: str, quality: int) -> None:
    grey = Image.fromarray(FLAT_PHOTOS[name].clip(0, 255).astype(np.uint8))
    assert read_photo(encoded(grey, "JPEG", quality=quality), SETTINGS).phash == ""


@pytest.mark.parametrize("contrast", [0.2, 1.0])
def test_a_dim_photo_that_shows_something_has_the_hash_of_imagehash(contrast: float) -> None:
    blobs = np.random.default_rng(3).integers(0, 255, (8, 8), dtype=np.uint8)
    photo = Image.fromarray(blobs).resize((320, 240)).point(lambda value: 60 + contrast * value / 2).convert("RGB")
    assert perceptual_hash(photo) == str(imagehash.phash(photo)) != ""


@pytest.mark.parametrize(("side", "alive"), [(15, False), (16, True)])
def test_the_shorter_side_decides_before_shrinking(side: int, alive: bool) -> None:
    content = encoded(scene(900, side), "PNG")
    if alive:
        assert read_photo(content, SETTINGS).height == 16
    else:
        assert refusal(content) == Reason.TOO_SMALL


# of AVIF Pillow reads all or nothing
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])  # of AVIF Pillow reads all or nothing
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_photo_is_refused(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8))
    content = encoded(noise, kind)
    assert refusal(content[: int(len(content) * share)]) == Reason.TRUNCATED


@pytest.mark.parametrize(
    "content",
    [b"", b"<!doctype html><title>Sign in</title>", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    assert refusal(content) == Reason.NOT_AN_IMAGE


BRANDED = b"\0\0\0\x18ftyp%b\0\0\0\0mif1%b"
KNOWN = {
    Reason.TIFF: encoded(scene(40, 30), "TIFF"),
    Reason.BMP: encoded(scene(40, 30), "BMP"),
    Reason.JPEG_2000: encoded(scene(40, 30), "JPEG2000"),
    Reason.JPEG_XL: bytes.fromhex("ff0a1f10101008"),
}


@pytest.mark.parametrize("reason", KNOWN)
def test_a_known_format_that_is_not_read_is_named(reason: Reason) -> None:
    assert refusal(KNOWN[reason]) == reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20), Reason.JPEG_XL),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20), Reason.JPEG_2000),
        (BRANDED % (b"heic", b"heic"), Reason.HEIC),
        (BRANDED % (b"mif1", b"heix"), Reason.HEIC),
        (BRANDED % (b"isom", b"mp42"), None),  # a film
        (BRANDED % (b"mif1", b"avif"), None),
        (b"II*\0\0\0\0\x08", Reason.TIFF),
        (b"BMW for sale: a text that begins so", None),
        (b"", None),
        (b"<html>", None),
    ],
)
def test_formats_are_told_by_their_first_bytes(content: bytes, reason: Reason | None) -> None:
    assert unread_format(content) == reason


def test_photos_of_iphones_are_read_where_pillow_heif_is_installed() -> None:
    pytest.importorskip("pillow_heif")
    image = stored(read_photo(encoded(scene(80, 60), "HEIF"), SETTINGS))
    assert (image.format, image.size) == ("JPEG", (80, 60))
    assert np.asarray(image.convert("L"))[:, [0, -1]].mean(axis=0) == pytest.approx([25, 225], abs=20)


def test_without_it_they_have_a_reason_of_their_own() -> None:
    """In a process of its own, which finds no pillow-heif."""
    code = (
        "import sys; sys.modules['pillow_heif'] = None\n"
        "from popularity.links.photos import read_photo\n"
        "from popularity.settings import load_settings\n"
        "from pathlib import Path\n"
        f"settings = load_settings(Path({str(PARAMS)!r})).filter_links\n"
        f"read_photo({BRANDED % (b'heic', b'heic')!r}, settings)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip().endswith("format not read: HEIC")


@pytest.mark.parametrize("side", [2000, 9900, 20_000])  # under Pillow's own limits, between them, and over both
def test_a_small_file_of_many_pixels_is_refused_before_it_is_decoded(side: int) -> None:
    bomb = bytearray(encoded(Image.new("1", (20, 20)), "PNG"))
    bomb[16:24] = side.to_bytes(4, "big") * 2
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    assert refusal(bytes(bomb), SETTINGS.model_copy(update={"max_megapixels": 3})) == Reason.TOO_MANY_PIXELS
