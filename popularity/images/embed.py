"""From a batch's stored photos to their embeddings, in bounded memory."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from PIL import Image
from tqdm import tqdm

from popularity.embeddings import MATRIX, META, PIDS
from popularity.errors import UserError
from popularity.files import replacing, write_json
from popularity.images.backbones import BACKBONES, Backbone, find_weights, load
from popularity.posts import photo_shards
from popularity.settings import ImageEmbeddings

CROP = 7 / 8  # of the shorter side: 224 of 256 px, as both networks' authors crop for evaluation


def embed_photos(photos: Path, settings: ImageEmbeddings, out: Path) -> int:
    """Embed every photo of a batch; returns their number.

    photos: folder of Parquet shards as `posts.PHOTOS`. out: the folder to write, see `popularity.embeddings`;
    without a photo its arrays are empty and no network is loaded.
    Raises UserError where weights are missing or wrong, or a photo does not decode.
    """
    backbone = BACKBONES[settings.backbone]
    shards = photo_shards(photos)
    counts: list[int] = [pq.read_metadata(shard).num_rows for shard in shards]
    rows = sum(counts)
    pids = np.empty(rows, dtype=np.int64)
    checksum = None
    with replacing(out) as temporary:
        temporary.mkdir()
        if rows:
            weights = find_weights(backbone, settings.weights)
            if weights is not None:
                with weights.open("rb") as file:
                    checksum = hashlib.file_digest(file, "sha256").hexdigest()
            matrix = np.lib.format.open_memmap(
                temporary / MATRIX, mode="w+", dtype=np.float16, shape=(rows, backbone.length)
            )
            done = 0
            for some, embedded in tqdm(
                _embed(shards, backbone, weights, settings.batch_size),
                desc=f"{backbone.name} {photos.name}",
                unit="batch",
                total=sum(-(-count // settings.batch_size) for count in counts),
            ):
                pids[done : done + len(some)] = some
                matrix[done : done + len(some)] = embedded
                done += len(some)
            matrix.flush()
        else:
            np.save(temporary / MATRIX, np.empty((0, backbone.length), dtype=np.float16))
        np.save(temporary / PIDS, pids)
        meta = {"backbone": backbone.name, "weights_sha256": checksum, "length": backbone.length, "rows": rows}
        write_json(temporary / META, meta)
    return rows


def _embed(
    shards: list[Path], backbone: Backbone, weights: Path | None, batch_size: int
) -> Iterator[tuple[list[int], npt.NDArray[np.float32]]]:
    """Pids and embeddings, up to `batch_size` at a time.

    The network always sees a whole batch, filled up with black, so that no photo's numbers depend on how many
    come with it.
    """
    network = load(backbone, weights)
    for shard in shards:
        for rows in pq.ParquetFile(shard).iter_batches(batch_size, columns=["pid", "jpeg"]):
            pids = rows["pid"].to_pylist()
            pixels = np.zeros((batch_size, backbone.input_px, backbone.input_px, 3), dtype=np.uint8)
            for i, jpeg in enumerate(rows["jpeg"]):
                try:
                    pixels[i] = read_square(jpeg.as_py(), backbone.input_px)
                except OSError as error:
                    raise UserError(
                        f"{shard}: the photo of pid {pids[i]} does not decode: {error}",
                        next_step="run `dvc repro --force filter_links`",
                    ) from error
            yield pids, network.predict_on_batch(backbone.preprocessing(pixels))[: len(pids)]


def read_square(photo: bytes, side: int) -> npt.NDArray[np.uint8]:
    """Decode a photo into a square of RGB pixels, shape (side, side, 3).

    The middle of the photo, 7/8 of its shorter side, scaled bicubically: what the backbones were evaluated on.
    Raises OSError where the bytes are no photo.
    """
    with Image.open(io.BytesIO(photo)) as image:
        whole = round(side / CROP)
        image.draft("RGB", (whole, whole))  # large JPEGs are decoded at a half, quarter or eighth
        width, height = image.size
        half = min(width, height) * CROP / 2
        box = (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)
        return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC, box))
