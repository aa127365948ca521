"""A batch's stored photos: which there are, told apart by their bytes, and which cannot be read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from popularity.arrays import BoolArray, IntArray
from popularity.images.chunks import HASH, HashArray
from popularity.posts import PHOTOS, photo_shards

ROWS = 64  # that are read at a time: 2 MB of JPEG
SLOW_S = 5  # a pass over the shards that takes longer shows how far it is


@dataclass(frozen=True)
class Fault:
    """What cannot be read. pid: None where it is the shard as a whole."""

    shard: Path
    pid: int | None
    reason: str

    def __str__(self) -> str:
        what = "" if self.pid is None else f"the photo of pid {self.pid}: "
        return f"{self.shard}: {what}{self.reason}"


@dataclass(frozen=True)
class Stored:
    """n photos of the shards that can be read, in the shards' order."""

    shards: tuple[Path, ...]
    ends: IntArray  # (shards,), photos up to and with each
    pids: IntArray  # (n,), ascending
    hashes: HashArray  # (n,), of the JPEG files' bytes
    faults: tuple[Fault, ...]  # shards that cannot be read

    @cached_property
    def first(self) -> BoolArray:
        """Which photos are the first with their bytes, shape (n,)."""
        first = np.zeros(len(self.hashes), dtype=bool)
        first[np.unique(self.hashes, return_index=True)[1]] = True
        return first

    def read(self, wanted: BoolArray) -> Iterator[tuple[int, bytes]]:
        """Row and JPEG file of the wanted photos, in order. wanted: shape (n,). A shard with none is not opened."""
        row = 0
        for shard, end in zip(self.shards, self.ends.tolist(), strict=True):
            if wanted[row:end].any():
                for rows in _rows(shard):
                    for jpeg in rows["jpeg"]:
                        if wanted[row]:
                            yield row, jpeg.as_py()
                        row += 1
            row = end

    def fault(self, row: int, reason: str) -> Fault:
        """What to say of a photo that does not decode."""
        return Fault(self.shards[np.searchsorted(self.ends, row, side="right")], int(self.pids[row]), reason)


def list_photos(folder: Path) -> Stored:
    """Read and hash every photo of a folder of Parquet shards as `posts.PHOTOS`, holding few at a time.

    A shard that is truncated or no such table is a fault, and the others are read.
    """
    shards, pids, hashes, faults = [], [np.empty(0, np.int64)], [np.empty(0, HASH)], []
    for shard in tqdm(photo_shards(folder), desc=f"reading {folder.name}", unit="shard", delay=SLOW_S):
        try:
            found = [(rows["pid"].to_numpy(), _hashes(rows)) for rows in _rows(shard)]
        except (pa.ArrowException, OSError) as error:
            faults.append(Fault(shard, None, str(error).partition("\n")[0]))
            continue
        shards.append(shard)
        pids.append(np.concatenate([np.empty(0, np.int64), *(pid for pid, _ in found)]))
        hashes.append(np.concatenate([np.empty(0, HASH), *(some for _, some in found)]))
    ends = np.cumsum([len(some) for some in pids[1:]], dtype=np.int64)
    return Stored(tuple(shards), ends, np.concatenate(pids), np.concatenate(hashes), tuple(faults))


def _rows(shard: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(shard) as file:
        if not file.schema_arrow.equals(PHOTOS):
            raise pa.ArrowInvalid(f"its columns are {', '.join(file.schema_arrow.names)}, not those of photos")
        yield from file.iter_batches(ROWS, columns=["pid", "jpeg"])


def _hashes(rows: pa.RecordBatch) -> HashArray:
    return np.array([hashlib.sha256(jpeg.as_buffer()).digest() for jpeg in rows["jpeg"]], dtype=HASH)
