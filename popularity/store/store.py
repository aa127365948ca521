"""What was fetched, kept for good: answers under their keys, and the bytes that came, once a SHA-256.

No stage owns it and nothing in it is an output: it may hold more than any batch asks for.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from popularity.errors import UserError
from popularity.store.entries import Answer, Entry, Kind, Place
from popularity.store.index import FILE, Index, bring_back
from popularity.store.packs import LostBytesError, PackWriter, is_whole, pack_numbers, pack_path, read


class Store:
    """A store to read from; one that is not there knows no answer."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError as `Index`."""
        self.folder = folder
        self._index = Index(folder) if (folder / FILE).is_file() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._index is not None:
            self._index.close()

    def answers(self, kind: Kind, keys: Iterable[str]) -> list[Answer]:
        """The answers under those of the keys that have one, in no order."""
        return [] if self._index is None else list(self._index.answers(kind, keys))

    def keys(self, kind: Kind) -> list[str]:
        """All keys of a kind that have an answer, sorted."""
        return [] if self._index is None else list(self._index.keys(kind))

    def known(self, hashes: Iterable[str]) -> dict[str, Place]:
        """Where the bytes of each SHA-256 lie, of those that the store knows."""
        return {} if self._index is None else self._index.places(hashes)

    def places(self, hashes: Iterable[str]) -> dict[str, Place]:
        """Where the bytes of each SHA-256 lie. Raises UserError where they are not known for one."""
        wanted = set(hashes)
        found = self.known(wanted)
        if lost := sorted(wanted - set(found)):
            raise self._lost(f"bytes of {len(lost)} answers are not there, the first with SHA-256 {lost[0]}")
        return found

    def read(self, sha256: str, place: Place) -> bytes:
        """The bytes with that SHA-256; safe to call from many threads.

        Raises UserError where they are not at that place any more.
        """
        try:
            return checked(self.folder, sha256, place)
        except LostBytesError as error:
            raise self._lost(str(error)) from error

    @property
    def is_settled(self) -> bool:
        """Whether all bytes are known to be on the disk; where they are not, a writer sees what a power cut left."""
        return self._index is None or not any(True for _ in self._index.contents(self._index.synced()))

    def _lost(self, problem: str) -> UserError:
        return _not_whole(self.folder, problem)


def refuse_half(folder: Path) -> None:
    """Raises UserError where packs are there without an index: they would go as if nothing named their bytes."""
    if pack_numbers(folder) and not (folder / FILE).is_file():
        raise _not_whole(folder, f"{folder / FILE} is missing")


def _not_whole(folder: Path, problem: str) -> UserError:
    return UserError(f"the store {folder} is not whole: {problem}", next_step=bring_back(folder))


def checked(folder: Path, sha256: str, place: Place) -> bytes:
    """The bytes at a place. Raises LostBytesError unless they have that SHA-256."""
    content = read(folder, place)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise LostBytesError(f"pack {place.pack} holds other bytes from {place.start:,} on than those with {sha256}")
    return content


@contextmanager
def nobody_writing(folder: Path) -> Iterator[None]:
    """While no process has a `Writer` of the store: waits for the end of one that has, and others wait meanwhile."""
    lock = _locked(folder)
    try:
        yield
    finally:
        lock.release()


def _locked(folder: Path) -> FileLock:
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"another process writes to {folder}: waiting for its end", file=sys.stderr)
        lock.acquire()
    return lock


class Writer(Store):
    """A store to write to as well, made where none is; one process has it at a time, and others wait."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError as `Index`, and where packs are there without an index, or are missing."""
        self._lock = _locked(folder)
        try:
            refuse_half(folder)
            super().__init__(folder)
            self._index: Index = self._index or Index(folder)
            self._refuse_missing()
        except BaseException:
            self._lock.release()
            raise
        number, end = self._index.end_of_last_pack()
        if number == 0 or not is_whole(folder, number, end):
            number, end = self._next_number(), 0
        self._packs = PackWriter(folder, number, end)
        self._drop_what_a_power_cut_took()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sync()
        self._packs.close()
        super().__exit__(kind, error, at)
        self._lock.release()

    def record(self, entries: Sequence[Entry]) -> None:
        """Keep answers: after this call all of them outlast a kill, before it none does.

        Bytes that are there already, under whatever key, are not kept twice.
        """
        hashes = [None if e.content is None else hashlib.sha256(e.content).hexdigest() for e in entries]
        # damaged bytes that come again are kept anew
        there = {s: place for s, place in self._index.places(filter(None, hashes)).items() if self._holds(s, place)}
        placed: dict[str, Place] = {}
        for entry, sha256 in zip(entries, hashes, strict=True):
            if entry.content is not None and sha256 is not None and sha256 not in there | placed:
                placed[sha256] = self._append(entry.content)
        self._packs.flush()
        with self._index.transaction():
            for sha256, place in placed.items():
                self._index.put_place(sha256, place)
            for entry, sha256 in zip(entries, hashes, strict=True):
                self._index.put_answer(entry, sha256)

    def _holds(self, sha256: str, place: Place) -> bool:
        """Whether the bytes are as they were written."""
        try:
            checked(self.folder, sha256, place)
        except LostBytesError:
            return False
        return True

    def drop_temporary(self, kind: Kind, keys: Iterable[str]) -> int:
        """Forget the temporary answers under these keys; returns how many there were."""
        with self._index.transaction():
            return self._index.drop_answers(kind, keys, temporary_alone=True)

    def _refuse_missing(self) -> None:
        if missing := self._missing():
            path = pack_path(self.folder, min(missing))
            problem = f"{len(missing)} of its packs are missing, the first {path}"
            raise UserError(
                f"the store {self.folder} is not whole: {problem}",
                next_step=f"{bring_back(self.folder)}, or give up what they held: popularity store prune",
            )

    def _missing(self) -> set[int]:
        return self._index.packs() - set(pack_numbers(self.folder))

    def _next_number(self) -> int:
        """That of a new pack: of none that the index names either, for a missing one may come back."""
        return max(self._index.packs() | set(pack_numbers(self.folder)), default=0) + 1

    def _append(self, content: bytes) -> Place:
        if self._packs.is_full:
            self._sync()
            self._packs.start_next()
        return self._packs.append(content)

    def _sync(self) -> None:
        self._packs.sync()
        self._index.put_synced(*self._packs.end)

    def _drop_what_a_power_cut_took(self) -> None:
        """The disk is waited for once a pack, not at each commit: so what came after that is compared here."""
        missing = self._missing()
        after = [found for found in self._index.contents(self._index.synced()) if found[1].pack not in missing]
        if lost := [sha256 for sha256, place in after if not self._holds(sha256, place)]:
            print(
                f"note: {len(lost)} files that were fetched last were lost; they are asked for again", file=sys.stderr
            )
            with self._index.transaction():
                self._index.drop_answers_with(lost)
                self._index.drop_unnamed_places()
