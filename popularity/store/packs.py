"""Packs: files of bytes one after another, with nothing between them; what lies where, the index knows.

Bytes are only ever appended. What an index does not name, after a kill say, counts as not there.
"""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from popularity.files import telling_full_disk
from popularity.store.entries import Place

PACK_BYTES = 256_000_000
"""A pack that has so many takes no more."""


class LostBytesError(Exception):
    """A pack does not hold what the index says: it is missing, too short, or holds other bytes."""


def pack_path(folder: Path, number: int) -> Path:
    """Where a store keeps its pack of that number, from 1."""
    return folder / "packs" / f"{number:06d}.pack"


def pack_numbers(folder: Path) -> list[int]:
    """The packs that are there, ascending."""
    return sorted(int(path.stem) for path in (folder / "packs").glob("*.pack"))


def is_whole(folder: Path, number: int, end: int) -> bool:
    """Whether a pack is there and reaches so far."""
    path = pack_path(folder, number)
    return path.is_file() and path.stat().st_size >= end


def read(folder: Path, place: Place) -> bytes:
    """The bytes at a place. Raises LostBytesError where the pack is missing or ends before."""
    path = pack_path(folder, place.pack)
    try:
        with path.open("rb") as pack:
            pack.seek(place.start)
            content = pack.read(place.length)
    except FileNotFoundError as error:
        raise LostBytesError(f"{path} is missing") from error
    if len(content) < place.length:
        raise LostBytesError(f"{path} is cut off")
    return content


class PackWriter:
    """Appends to one pack after another, of a single writer's own."""

    def __init__(self, folder: Path, number: int, end: int) -> None:
        """Go on in a pack after its byte `end`; what lies behind that was never committed, and is cut off."""
        self._folder, self._number, self._end = folder, number, end
        self._file = _opened(pack_path(folder, number), end)

    @property
    def end(self) -> tuple[int, int]:
        """The pack that is open, and where its next bytes go."""
        return self._number, self._end

    @property
    def is_full(self) -> bool:
        """Whether the pack that is open takes no more."""
        return self._end >= PACK_BYTES

    def append(self, content: bytes) -> Place:
        """Write bytes: `flush` hands them to the system, so that they outlast this process, `sync` to the disk."""
        with self._room_told(len(content)):
            self._file.write(content)
        place = Place(self._number, self._end, len(content))
        self._end = place.end
        return place

    def flush(self) -> None:
        """Hand what was appended to the system."""
        with self._room_told():
            self._file.flush()

    def sync(self) -> None:
        """Have it on the disk, where a power cut cannot take it."""
        with self._room_told():
            self._file.flush()
            os.fdatasync(self._file.fileno())

    def start_next(self) -> None:
        """Close the pack that is open, and go on in a new one."""
        self._file.close()
        self._number, self._end = self._number + 1, 0
        self._file = _opened(pack_path(self._folder, self._number), 0)

    def close(self) -> None:
        """Close the pack that is open."""
        with self._room_told():
            self._file.close()

    def _room_told(self, more: int = 0) -> AbstractContextManager[None]:
        path = pack_path(self._folder, self._number)
        return telling_full_disk(path, lambda: more or self._end - path.stat().st_size)


def _sync_folder(folder: Path) -> None:
    """Have the names of its files on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _opened(path: Path, end: int) -> BinaryIO:
    """The pack, cut off and ready to go on at `end`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch()
        for folder in (path.parent, path.parent.parent):  # so that a pack that is missing was taken by no power cut
            _sync_folder(folder)
    file = path.open("r+b")
    file.truncate(end)
    file.seek(end)
    return file
