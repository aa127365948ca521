"""Photos streamed from the batches' shards into a training, in bounded memory."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from popularity.arrays import IntArray
from popularity.errors import UserError
from popularity.images.damaged import bring_back
from popularity.images.decode import RULES, read_square
from popularity.images.preprocessing import Preprocessing
from popularity.posts import photo_shards

WINDOW = 4  # row groups whose photos are shuffled among each other: of 1,000 photos, 30 KB each, 120 MB
SHIFT = 1 / 16  # of the side, at most, in training: as much as lies around the square that `read_square` takes


class Photos:
    """The stored photos of some batches, found by pid, as a network of a given side reads them.

    folders: of Parquet shards as `posts.PHOTOS`. side: px. seed: of the order and the augmentation in training.
    Memory: two windows of WINDOW row groups of JPEGs, and the pids; never all photos.
    Raises UserError naming a shard that cannot be read.
    """

    def __init__(self, folders: Sequence[Path], side: int, preprocessing: Preprocessing, seed: int) -> None:
        self.side = side
        self._preprocessing = preprocessing
        self._seed = seed
        self._groups = [group for folder in folders for shard in photo_shards(folder) for group in _groups_of(shard)]
        pids = [_column(group, "pid").to_numpy() for group in self._groups]
        self._pid = np.concatenate([np.empty(0, np.int64), *pids])
        self._group = np.repeat(np.arange(len(pids)), [len(some) for some in pids])
        self._row = np.concatenate([np.empty(0, np.int64), *(np.arange(len(some)) for some in pids)])
        self._by_pid = np.argsort(self._pid)
        self._held = lru_cache(maxsize=2 * WINDOW)(lambda number: _column(self._groups[number], "jpeg"))
        self._lock = Lock()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the shards and of how and in which order their photos are read."""
        digest = hashlib.sha256(repr((RULES, WINDOW, SHIFT, self.side, self._preprocessing, self._seed)).encode())
        for shard in dict.fromkeys(group.shard for group in self._groups):
            with shard.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def shuffled(self, pids: IntArray, batch_size: int, epoch: int) -> "Batches":
        """Each of these photos once, augmented, in an order that is the epoch's own and the same in each run.

        Row groups are shuffled, and the photos of WINDOW of them at a time. Batches hold `batch_size` photos or one
        fewer: a small last one would teach batch norm from a few photos.
        Raises UserError where a pid has no stored photo.
        """
        places = self._find(pids)
        rng = np.random.default_rng([self._seed, epoch])
        groups = rng.permutation(np.unique(self._group[places]))
        windows = [groups[start : start + WINDOW] for start in range(0, len(groups), WINDOW)]
        order = [rng.permutation(np.flatnonzero(np.isin(self._group[places], window))) for window in windows]
        rows = np.concatenate([np.empty(0, np.int64), *order])
        return Batches(self, places, _split(rows, batch_size), epoch)

    def stored(self, pids: IntArray) -> "Batches":
        """Each of these photos once, as it is, one at a time in the order in which they lie on disk.

        Raises as `shuffled`.
        """
        places = self._find(pids)
        return Batches(self, places, list(np.argsort(places)[:, None]), None)

    def read(self, place: int, epoch: int | None) -> npt.NDArray[np.uint8]:
        """The photo at a place, RGB, shape (side, side, 3); augmented for an epoch.

        Raises UserError where its bytes are no photo.
        """
        group, pid = self._groups[self._group[place]], int(self._pid[place])
        with self._lock:  # several threads ask for a group at once, and one reads it
            jpegs = self._held(int(self._group[place]))
        try:
            pixels = read_square(jpegs[int(self._row[place])].as_py(), self.side)
        except OSError as error:
            raise UserError(
                f"{group.shard}: the photo of pid {pid} does not decode: {error}",
                next_step=bring_back(group.shard.parent),
            ) from error
        return pixels if epoch is None else augment(pixels, np.random.default_rng([self._seed, epoch, pid % 2**64]))

    def preprocess(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Pixels, shape (n, side, side, 3), as the network was trained to read them."""
        return self._preprocessing(pixels)

    def _find(self, pids: IntArray) -> IntArray:
        """Where the photos are: places in the order of the shards, shape (n,)."""
        at = np.searchsorted(self._pid, pids, sorter=self._by_pid)
        found = at < len(self._pid)
        found[found] = self._pid[self._by_pid[at[found]]] == pids[found]
        if not found.all():
            raise UserError(
                f"{(~found).sum()} posts with a photo have none stored, the first is pid {pids[~found][0]}",
                next_step="run `dvc repro filter_links`",
            )
        return self._by_pid[at]


@dataclass(frozen=True)
class Batches:
    """Photos of some pids in batches, each read when it is asked for; several threads may ask at once."""

    photos: Photos
    places: IntArray  # (n,), of each pid's photo
    rows: list[IntArray]  # of each batch, which of the n pids it holds
    epoch: int | None  # None: not augmented

    def read(self, number: int) -> npt.NDArray[np.float32]:
        """What the network reads in a batch, shape (b, side, side, 3). Raises UserError as `Photos.read`."""
        pixels = [self.photos.read(place, self.epoch) for place in self.places[self.rows[number]]]
        return self.photos.preprocess(np.stack(pixels))


def augment(pixels: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A photo of shape (side, side, 3), mirrored or not, and shifted by up to SHIFT; what comes in is a reflection."""
    side = len(pixels)
    margin = round(side * SHIFT)
    if rng.random() < 0.5:
        pixels = pixels[:, ::-1]
    down, right = rng.integers(0, 2 * margin, 2, endpoint=True)
    wide = np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    return wide[down : down + side, right : right + side]


@dataclass(frozen=True)
class _Group:
    """A row group: what a shard is read by."""

    shard: Path
    number: int


def _groups_of(shard: Path) -> list[_Group]:
    with _readable(shard):
        return [_Group(shard, number) for number in range(pq.read_metadata(shard).num_row_groups)]


def _column(group: _Group, name: str) -> pa.ChunkedArray:
    with _readable(group.shard), pq.ParquetFile(group.shard) as file:
        return file.read_row_group(group.number, columns=[name])[name]


@contextmanager
def _readable(shard: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{shard} cannot be read: {error}", next_step=bring_back(shard.parent)) from error


def _split(rows: IntArray, batch_size: int) -> list[IntArray]:
    count = -(-len(rows) // batch_size)
    return [np.asarray(some) for some in np.array_split(rows, count)] if count else []
