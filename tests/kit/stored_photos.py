"""Photos in shards as filter_links stores them, and a backbone that is small enough to embed thousands in a test."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from popularity.images.backbones import BACKBONES, Backbone
from popularity.posts import PHOTOS, shard_path

if TYPE_CHECKING:
    import keras


def jpeg(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Pixels, shape (height, width, 3), as a file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def noise(photos: int, side: int = 32, seed: int = 1) -> list[bytes]:
    """Photos of which no two are the same."""
    rng = np.random.default_rng(seed)
    return [jpeg(rng.integers(0, 256, (side, side, 3), np.uint8)) for _ in range(photos)]


def write_shard(folder: Path, number: int, photos: Mapping[int, bytes]) -> Path:
    """photos: pid -> JPEG file."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"pid": p, "sha256": "", "width": 1, "height": 1, "jpeg": b} for p, b in photos.items()]
    pq.write_table(pa.Table.from_pylist(rows, schema=PHOTOS), shard_path(folder, number))
    return shard_path(folder, number)


def put_small_backbone(
    setitem: Callable[[dict[str, Backbone], str, Backbone], None] = dict.__setitem__, px: int = 16, length: int = 8
) -> None:
    """Let efficientnet_lite0 be a network of two layers in this process. setitem: monkeypatch's, to have it undone."""

    def build(side: int) -> "keras.Model":
        import keras

        photo = keras.layers.Input((side, side, 3))
        x = keras.layers.Conv2D(8, 8, 8, activation="relu")(photo)
        x = keras.layers.Conv2D(length, 1)(keras.layers.AveragePooling2D(x.shape[1])(x))
        return keras.Model(photo, keras.layers.GlobalAveragePooling2D()(x))

    large = BACKBONES["efficientnet_lite0"]
    setitem(BACKBONES, "efficientnet_lite0", replace(large, input_px=px, length=length, build=build))
