"""From a batch's stored photos to their embeddings, in bounded memory, each photo paid for once.

What is missing is embedded chunk by chunk into `.work/embeddings/` (see `chunks`), and the output copied from there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from popularity import paths
from popularity.arrays import BoolArray, HalfArray
from popularity.embeddings import MATRIX, META, PIDS
from popularity.errors import UserError
from popularity.files import replacing, write_json
from popularity.images.backbones import BACKBONES
from popularity.images.chunks import CHUNK, Chunks
from popularity.images.damaged import bring_back
from popularity.images.embedder import Embedder, in_order
from popularity.images.recipe import folder_of, recipe_of, weights_sha256
from popularity.images.stored import Fault, Stored, list_photos
from popularity.settings import ImageEmbeddings

BLOCK = 1024  # photos that are copied to the output at a time
SHOWN = 20  # faults that an error names


@dataclass(frozen=True)
class Embedded:
    """How many photos a batch has, and how many of them had to be embedded."""

    photos: int
    distinct: int  # by their bytes
    reused: int  # of the distinct ones, those that an earlier run had embedded


def embed_photos(photos: Path, settings: ImageEmbeddings, out: Path) -> Embedded:
    """Embed every photo of a batch.

    photos: folder of Parquet shards as `posts.PHOTOS`. out: the folder to write, see `popularity.embeddings`.
    Photos with the same bytes, here or in any earlier run of this project, are embedded once; where none is missing,
    no network is loaded and no weights are fetched. Without a photo the arrays are empty.
    Raises UserError where the runtime or weights are missing or wrong; and where photos cannot be read, after all
    others are embedded and kept.
    """
    stored = list_photos(photos)
    rows, length = len(stored.pids), BACKBONES[settings.backbone].length
    faults = [*stored.faults]
    made_with: dict[str, Any] = {"weights_sha256": None, "runtime": None}
    blocks: Iterable[HalfArray] = ()
    reused = 0
    if rows:
        recipe = recipe_of(settings)
        folder = folder_of(recipe, paths.CHUNKS)
        chunks = Chunks(folder, length)
        missing = stored.first & (chunks.find(stored.hashes) < 0)
        reused = int(stored.first.sum() - missing.sum())
        if missing.any():
            faults += _embed(stored, missing, settings, chunks, title=photos.name)
        made_with = {"weights_sha256": weights_sha256(settings, recipe, folder), "runtime": recipe["runtime"]}
        blocks = _blocks(stored, chunks)
    if faults:
        raise _error(faults, photos)
    with replacing(out) as temporary:
        temporary.mkdir()
        np.save(temporary / PIDS, stored.pids)
        _write_matrix(temporary / MATRIX, (rows, length), blocks)
        write_json(temporary / META, {"backbone": settings.backbone, **made_with, "length": length, "rows": rows})
    return Embedded(rows, int(stored.first.sum()), reused)


def _embed(stored: Stored, missing: BoolArray, settings: ImageEmbeddings, chunks: Chunks, title: str) -> list[Fault]:
    """Embed the missing photos into chunks, all but those that do not decode; returns these.

    Results are taken in order: the chunks are the same whichever worker is faster.
    """
    embedder = Embedder(settings)
    backbone = embedder.backbone

    def embed(batch: list[tuple[int, bytes]]) -> tuple[list[int], HalfArray, list[Fault]]:
        their_embeddings, broken = embedder([jpeg for _, jpeg in batch])
        whole = [place for place in range(len(batch)) if place not in broken]
        faults = [
            stored.fault(int(row), str(error))
            for place, error in broken.items()
            for row in np.flatnonzero(stored.hashes == stored.hashes[batch[place][0]])
        ]
        return [batch[place][0] for place in whole], their_embeddings, faults

    rows: list[int] = []
    embeddings = np.empty((0, backbone.length), dtype=np.float16)
    faults: list[Fault] = []
    with tqdm(total=int(missing.sum()), desc=f"{backbone.name} {title}", unit="photo") as progress:
        for more, their_embeddings, broken in in_order(embed, _batches(stored.read(missing), embedder.batch)):
            rows += more
            embeddings = np.concatenate([embeddings, their_embeddings])
            faults += broken
            progress.update(len(more))
            while len(rows) >= CHUNK:
                chunks.add(stored.hashes[rows[:CHUNK]], embeddings[:CHUNK])
                rows, embeddings = rows[CHUNK:], embeddings[CHUNK:]
    if rows:
        chunks.add(stored.hashes[rows], embeddings)
    return faults


def _batches(photos: Iterator[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    while batch := list(islice(photos, size)):
        yield batch


def _blocks(stored: Stored, chunks: Chunks) -> Iterator[HalfArray]:
    """The embeddings of all photos, in their order."""
    places = chunks.find(stored.hashes)
    for start in range(0, len(places), BLOCK):
        yield chunks.read(places[start : start + BLOCK])


def _write_matrix(file: Path, shape: tuple[int, int], blocks: Iterable[HalfArray]) -> None:
    """Write a .npy file piece by piece. Not mapped: what is written to a map counts as this process's memory."""
    with file.open("wb") as target:
        header = {"descr": "<f2", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(target, header)
        for block in blocks:
            target.write(block.tobytes())


def _error(faults: list[Fault], photos: Path) -> UserError:
    shards = sum(fault.pid is None for fault in faults)
    named = [str(fault) for fault in faults[:SHOWN]]
    if len(faults) > SHOWN:
        named.append(f"and {len(faults) - SHOWN} more")
    return UserError(
        f"{photos}: {shards} shards cannot be read and {len(faults) - shards} photos do not decode; all others are "
        "embedded and kept\n  " + "\n  ".join(named),
        next_step=bring_back(photos),
    )
