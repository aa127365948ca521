"""Looking after a store: what is in it, whether it is whole, and what of it nothing needs."""

import re
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from tqdm import tqdm

from popularity.errors import UserError
from popularity.store.costly import Costly
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
        old = packs_with_more(self.folder, there.values())
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
        bar = tqdm(ordered, desc="packs", unit="photo")
        moved = {sha256: self._append(checked(self.folder, sha256, place)) for sha256, place in bar}
        self._sync()
        return moved


def packs_with_more(folder: Path, places: Collection[Place]) -> set[int]:
    """The packs that hold other bytes than those at these places."""
    used = Counter[int]()
    for place in places:
        used[place.pack] += place.length
    sizes = {number: pack_path(folder, number).stat().st_size for number in pack_numbers(folder)}
    return {number for number, size in sizes.items() if size != used[number]}


ID = re.compile(
    r'(?<=photo_id=)[\w@-]+|(?<=user_id=)[\w@-]+|(?<="id": ")[\w@-]+|(?<="id":")[\w@-]+|\d{1,20}@N\d\d|\d{6,19}'
)
"""What may be an id in the answer to a call: shorter numbers are counts of people who asked for nothing."""

WHOLE = re.compile(r"(?<![\w.:/])\d{1,19}(?!\w)")
"""The same in what a crawl was begun with, which counts nothing."""


LINKED = re.compile(r"[\w@-]{6,}"), re.compile(r"(?<![^\W_])\d{6,19}(?![^\W_])")
"""The same in a link: a word, or a number between two `_`."""


def ids_in(link: str) -> set[str]:
    """What may be an id in the link of a photo."""
    return {one for pattern in LINKED for one in pattern.findall(unquote(link))}


@dataclass(frozen=True)
class Going:
    """What goes of a store. named: kind and key of answers. hashes: of bytes that only these name.

    packs: those that hold such bytes, or bytes that no answer names: what a run that was killed took away already.
    """

    named: tuple[tuple[str, str], ...]
    hashes: frozenset[str]
    packs: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.named or self.packs)


def going(folder: Path, links: Collection[str], is_theirs: Callable[[str], bool], shown: Collection[str] = ()) -> Going:
    """What goes of a store: photos under these links, and answers that name an id that is theirs.

    is_theirs: of an id as Flickr writes it. shown: links of photos that stay, whatever they name.

    Nothing where there is no store. Raises UserError as `Index` and `refuse_half`.
    """
    refuse_half(folder)
    if not (folder / FILE).is_file():
        return Going((), frozenset(), frozenset())
    index = Index(folder)
    try:
        every = list(index.named())
        places = index.places({sha256 for _, _, sha256 in every if sha256})
    finally:
        index.close()

    def goes(kind: str, key: str, sha256: str) -> bool:
        if kind == Kind.PHOTO:
            return key in links or (key not in shown and any(map(is_theirs, ids_in(key))))
        told = unquote(key)
        if sha256 in places:
            with suppress(LostBytesError):  # `store check` tells
                told += "\n" + checked(folder, sha256, places[sha256]).decode(errors="replace")
        found = {*ID.findall(told), *(WHOLE.findall(told) if kind == Kind.CRAWL else ())}
        return any(map(is_theirs, found))

    gone = {(kind, key) for kind, key, sha256 in every if goes(kind, key, sha256)}
    stays = {sha256 for kind, key, sha256 in every if sha256 and (kind, key) not in gone}
    kept = [place for sha256, place in places.items() if sha256 in stays]
    return Going(tuple(sorted(gone)), frozenset(places) - stays, frozenset(packs_with_more(folder, kept)))


class Forgetter(Pruner):
    """A store that forgets what it was told of people."""

    def forget(self, going: Going) -> None:
        """Take it away: its packs are written anew without it, and nothing is left of it in the index's free pages.

        Raises UserError where bytes that stay are lost.
        """
        self._packs.flush()
        stays = {one: place for one, place in self._index.contents() if one not in going.hashes}
        try:
            moved = self._copied({one: place for one, place in stays.items() if place.pack in going.packs})
        except LostBytesError as error:
            raise UserError(str(error), next_step="popularity store prune, then this again") from error
        for sha256 in going.hashes:
            Costly(self.folder).forget(sha256)
        with self._index.transaction():
            self._index.drop_named(going.named)
            for sha256, place in moved.items():
                self._index.put_place(sha256, place)
            self._index.drop_unnamed_places()
        for number in going.packs:
            pack_path(self.folder, number).unlink()
        self._index.compact()
