import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from popularity.errors import UserError
from popularity.images.damaged import bring_back
from popularity.pages.contact_sheet import choose, make_thumbnail, read_photos, shorten
from popularity.posts import PHOTOS, shard_path, write_table

SHALOM = "\u05e9\u05dc\u05d5\u05dd"


def noise(width: int, height: int) -> bytes:
    """The photo that compresses worst."""
    stored = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stored, "JPEG", quality=95)
    return stored.getvalue()


def opened(thumbnail: str) -> Image.Image:
    head, content = thumbnail.split(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


def write_shards(folder: Path, *shards: list[int]) -> None:
    for number, pids in enumerate(shards):
        photos = pd.DataFrame({"pid": pids, "sha256": "", "width": 50, "height": 40})
        write_table(shard_path(folder, number), photos.assign(jpeg=noise(50, 40)), PHOTOS)


def overwrite_photos(shard: Path) -> None:
    """What reads the pids alone still can; what reads the photos fails."""
    column = pq.read_metadata(shard).row_group(0).column(PHOTOS.get_field_index("jpeg"))
    start = column.data_page_offset
    if column.dictionary_page_offset is not None:
        start = min(start, column.dictionary_page_offset)
    content = bytearray(shard.read_bytes())
    content[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    shard.write_bytes(content)


@pytest.mark.parametrize(("size", "expected"), [((320, 213), (160, 106)), ((42, 30), (42, 30)), ((20, 1000), (3, 160))])
def test_a_thumbnail_keeps_its_shape_and_is_never_larger_than_the_photo(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    with opened(make_thumbnail(noise(*size))) as small:
        assert small.format == "JPEG"
        assert small.size == pytest.approx(expected, abs=1)


def test_even_noise_makes_a_small_thumbnail() -> None:
    assert len(make_thumbnail(noise(320, 320))) < 25_000


def test_a_thumbnail_of_the_same_photo_has_the_same_bytes() -> None:
    assert make_thumbnail(noise(320, 240)) == make_thumbnail(noise(320, 240))


def test_photos_are_found_in_any_shard(tmp_path: Path) -> None:
    write_shards(tmp_path, [1, 2, 3], [4, 5], [6])
    found = dict(read_photos(tmp_path, np.array([6, 2, 4, 99])))
    assert found == dict.fromkeys([2, 4, 6], make_thumbnail(noise(50, 40)))


def test_shards_without_a_wanted_photo_are_not_read(tmp_path: Path) -> None:
    write_shards(tmp_path, [1, 2], [3, 4])
    overwrite_photos(shard_path(tmp_path, 1))
    assert list(dict(read_photos(tmp_path, np.array([1])))) == [1]
    with pytest.raises(OSError, match=r".+"):
        dict(read_photos(tmp_path, np.array([3])))


def test_a_photo_that_does_not_decode_names_shard_and_post(tmp_path: Path) -> None:
    photos = pd.DataFrame({"pid": [7], "sha256": "", "width": 1, "height": 1, "jpeg": [b"no photo"]})
    write_table(shard_path(tmp_path, 0), photos, PHOTOS)
    with pytest.raises(UserError, match=r"part-00000\.parquet: the photo of pid 7 does not decode") as caught:
        list(read_photos(tmp_path, np.array([7])))
    assert caught.value.next_step == bring_back(tmp_path)


def test_ties_are_broken_by_pid_and_right_predictions_are_not_wrong() -> None:
    posts = pd.DataFrame({"pid": [3, 1, 2, 4], "observed": [5.0, 5.0, 4.0, 5.0], "predicted": 5.0})
    assert {name: strip["pid"].tolist() for name, strip in choose(posts).items()} == {
        "highest": [1, 2],
        "lowest": [1, 2],
        "too_high": [2],
    }


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("", ""),
        ("  two\nlines\t here \0\x01", "two lines here"),
        ("a" * 80, "a" * 80),
        ("a" * 10_000, "a" * 79 + "\u2026"),
        (SHALOM * 20, SHALOM * 20),
        (SHALOM * 2_500, SHALOM * 19 + SHALOM[:3] + "\u2026"),
    ],
)
def test_a_title_is_one_line_of_at_most_80_characters(title: str, expected: str) -> None:
    assert shorten(title) == expected
