"""Looking after a store: what is in it, whether it is whole, and what of it nothing needs."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from popularity.errors import UserError
from popularity.store.entries import Kind, Place
from popularity.store.index import FILE, Index
from popularity.store.packs import LostBytesError, PackWriter, pack_numbers, pack_path
from popularity.store.store import Writer, checked, refuse_half


@dataclass(frozen=True)
class Info:
    """outcomes: outcome, final, answers. contents: distinct bytes; unnamed: bytes of packs that are none of them."""

    outcomes: list[tuple[str, bool, int]]
    contents: int
    bytes: int
    packs: int
    unnamed: int


@dataclass(frozen=True)
class Waste:
    """What `prune` would take away. keys: of photos; lost: SHA-256 of bytes that are not as they were written.

    bytes: of the packs, those that no answer would name any more.
    """

    keys: list[str]
    lost: list[str]
    bytes: int

    def __bool__(self) -> bool:
        return bool(self.keys or self.lost or self.bytes)


def info(folder: Path) -> Info:
    """What is in a store; an empty one where none is. Raises UserError as `Index` and `refuse_half`."""
    refuse_half(folder)
    if not (folder / FILE).is_file():
        return Info([], 0, 0, 0, 0)
    index = Index(folder)
    try:
        lengths = [place.length for _, place in index.contents()]
        packs = pack_numbers(folder)
        unnamed = max(0, sum(pack_path(folder, number).stat().st_size for number in packs) - sum(lengths))
        return Info(index.outcomes(), len(lengths), sum(lengths), len(packs), unnamed)
    finally:
        index.close()


def damaged(folder: Path) -> dict[str, str]:
    """Reads every byte: SHA-256 -> what is wrong, of those that are not as they were written.

    Raises UserError as `Index` and `refuse_half`, and where there is no store.
    """
    refuse_half(folder)
    if not (folder / FILE).is_file():
        raise UserError(f"{folder} holds no store", next_step="see where POPULARITY_STORE points, or run `dvc repro`")
    index = Index(folder)
    try:
        wrong = dict.fromkeys(index.unplaced(), "the index does not say where they are")
        total = sum(place.length for _, place in index.contents())
        with tqdm(total=total, desc="check", unit="B", unit_scale=True) as bar:
            for sha256, place in index.contents():
                try:
                    checked(folder, sha256, place)
                except LostBytesError as error:
                    wrong[sha256] = str(error)
                bar.update(place.length)
        return wrong
    finally:
        index.close()


class Pruner(Writer):
    """A store that is rid of what nobody needs."""

    def _refuse_missing(self) -> None:
        """What is missing is among what it gives up, once that is wanted."""

    def waste(self, needed: Collection[str]) -> Waste:
        """What goes if these links are all that anybody needs: photos of others, and answers whose bytes are lost."""
        keys = [key for key in self._index.keys(Kind.PHOTO) if key not in needed]
        lost = sorted(damaged(self.folder))
        gone = set(keys)
        kept = self._index.hashes_but(Kind.PHOTO, gone) - set(lost)
        size = sum(pack_path(self.folder, number).stat().st_size for number in pack_numbers(self.folder))
        return Waste(keys, lost, size - sum(place.length for place in self._index.places(kept).values()))

    def prune(self, waste: Waste) -> None:
        """Take it away: packs with anything in them that goes are written anew, then deleted."""
        self._packs.flush()
        keep = self._index.hashes_but(Kind.PHOTO, set(waste.keys)) - set(waste.lost)
        there = self._index.places(keep)
        sizes = {number: pack_path(self.folder, number).stat().st_size for number in pack_numbers(self.folder)}
        used = Counter[int]()
        for place in there.values():
            used[place.pack] += place.length
        old = {number for number, size in sizes.items() if size != used[number]}
        moved = self._copied({sha256: place for sha256, place in there.items() if place.pack in old})
        with self._index.transaction():
            self._index.drop_answers(Kind.PHOTO, waste.keys, temporary_alone=False)
            self._index.drop_answers_with(waste.lost)
            for sha256, place in moved.items():
                self._index.put_place(sha256, place)
            self._index.drop_unnamed_places()
        for number in old:
            pack_path(self.folder, number).unlink()

    def _copied(self, places: dict[str, Place]) -> dict[str, Place]:
        """Copy bytes into new packs, in the order in which they lie; returns where they lie now."""
        self._packs.close()
        self._packs = PackWriter(self.folder, self._next_number(), 0)
        ordered = sorted(places.items(), key=lambda item: (item[1].pack, item[1].start))
        bar = tqdm(ordered, desc="prune", unit="photo")
        moved = {sha256: self._append(checked(self.folder, sha256, place)) for sha256, place in bar}
        self._sync()
        return moved
