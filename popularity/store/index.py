"""The store's index: an SQLite file in WAL mode, which one process writes and any number read."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from filelock import FileLock

from popularity.errors import MachineError, UserError
from popularity.store.entries import Answer, Entry, Kind, Place

FILE = "index.sqlite"
VERSION = 2
AT_ONCE = 500
"""Keys of one query."""

SCHEMA = f"""
CREATE TABLE answers (
    kind TEXT NOT NULL, key TEXT NOT NULL,
    address TEXT NOT NULL, outcome TEXT NOT NULL, final INTEGER NOT NULL,
    sha256 BLOB,  -- of the bytes that came; NULL: none did
    at INTEGER,  -- when it came, Unix seconds; NULL: nobody knows
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE contents (
    sha256 BLOB PRIMARY KEY, pack INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE synced (  -- one row: all bytes before are on the disk
    pack INTEGER NOT NULL, end INTEGER NOT NULL
);
INSERT INTO synced VALUES (0, 0);
PRAGMA user_version = {VERSION};
"""

TO_VERSION_2 = ("ALTER TABLE answers ADD COLUMN at INTEGER", "PRAGMA user_version = 2")
"""Version 1 kept no date."""


def bring_back(folder: Path) -> str:
    """The next step where a store is not whole."""
    return f"bring {folder} back from a backup, or from the machine that it was made on"


class Index:
    """Which answers there are, and where the bytes of each lie."""

    def __init__(self, folder: Path) -> None:
        """Open the index of a store, made where none is.

        Raises UserError where it is damaged, or of another version of the project.
        """
        self._path = folder / FILE
        with self._damage_told():
            if not self._path.exists():
                _make(self._path)
            # One thread at a time uses it; which one may change.
            self._base = sqlite3.connect(self._address(), isolation_level=None, check_same_thread=False, uri=True)
            # A commit that a power cut takes is a link asked again; the file itself stays whole.
            self._base.execute("PRAGMA synchronous = NORMAL")
            if self._version() == 1 and not self._is_fixed:
                self._migrate()
            version = self._version()
            if version not in (1, VERSION):
                raise UserError(
                    f"{self._path} is of version {version}, and this version of the project reads {VERSION}",
                    next_step="use the version of the project that wrote it, or a later one",
                )
            self._at = "at" if version == VERSION else "NULL"

    def _version(self) -> int:
        return int(self._base.execute("PRAGMA user_version").fetchone()[0])

    def _migrate(self) -> None:
        """Bring an index of version 1 to version 2 in place: wholly or not at all, and no row moves."""
        with self.transaction():
            if self._version() == 1:  # nobody else has done it meanwhile
                for statement in TO_VERSION_2:
                    self._base.execute(statement)

    @property
    def _is_fixed(self) -> bool:
        """Whether it lies where nobody here can write, and all of it in its file."""
        log = self._path.with_name(f"{FILE}-wal")
        return not os.access(self._path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)

    def _address(self) -> str:
        return f"{self._path.absolute().as_uri()}{'?immutable=1' if self._is_fixed else ''}"

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that the block writes is committed at its end, or nothing is."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def answers(self, kind: Kind, keys: Iterable[str]) -> Iterator[Answer]:
        """The answers under those of the keys that have one, in no order."""
        columns = f"key, address, outcome, final, sha256, {self._at}"
        query = f"SELECT {columns} FROM answers WHERE kind = ? AND key IN ({{}})"
        for key, address, outcome, final, sha256, at in self._where_in(query, (kind.value,), keys):
            yield Answer(key, address, outcome, bool(final), (sha256 or b"").hex(), at)

    def keys(self, kind: Kind) -> Iterator[str]:
        """All keys of a kind, sorted."""
        with self._damage_told():
            for (key,) in self._base.execute("SELECT key FROM answers WHERE kind = ? ORDER BY key", (kind.value,)):
                yield key

    def outcomes(self) -> list[tuple[str, bool, int]]:
        """How often each outcome was recorded: outcome, final, answers; final ones first, the most frequent first."""
        query = "SELECT outcome, final, count(*) FROM answers GROUP BY outcome, final ORDER BY final DESC, 3 DESC, 1"
        with self._damage_told():
            return [(outcome, bool(final), n) for outcome, final, n in self._base.execute(query)]

    def places(self, hashes: Iterable[str]) -> dict[str, Place]:
        """Where the bytes of each SHA-256 lie, of those that are there."""
        query = "SELECT sha256, pack, start, length FROM contents WHERE sha256 IN ({})"
        found = self._where_in(query, (), map(bytes.fromhex, hashes))
        return {sha256.hex(): Place(*place) for sha256, *place in found}

    def contents(self, after: tuple[int, int] = (0, 0)) -> Iterator[tuple[str, Place]]:
        """All bytes from a pack's byte on, in the order in which they lie: SHA-256 and place."""
        query = "SELECT sha256, pack, start, length FROM contents WHERE (pack, start) >= (?, ?) ORDER BY pack, start"
        with self._damage_told():
            for sha256, *place in self._base.execute(query, after):
                yield sha256.hex(), Place(*place)

    def synced(self) -> tuple[int, int]:
        """The pack and its byte up to where everything is known to be on the disk."""
        with self._damage_told():
            pack, end = self._base.execute("SELECT pack, end FROM synced").fetchone()
            return pack, end

    def put_synced(self, pack: int, end: int) -> None:
        """Record up to where everything is on the disk."""
        with self._damage_told():
            self._base.execute("UPDATE synced SET pack = ?, end = ?", (pack, end))

    def unplaced(self) -> list[str]:
        """SHA-256 that answers name and of whose bytes no place is known; none unless the file was changed by hand."""
        query = (
            "SELECT DISTINCT sha256 FROM answers WHERE sha256 NOTNULL AND sha256 NOT IN (SELECT sha256 FROM contents)"
        )
        with self._damage_told():
            return [sha256.hex() for (sha256,) in self._base.execute(query)]

    def hashes_but(self, kind: Kind, keys: Set[str]) -> set[str]:
        """SHA-256 of all bytes that answers name, but for those of some keys of a kind."""
        query = "SELECT kind, key, sha256 FROM answers WHERE sha256 IS NOT NULL"
        with self._damage_told():
            return {
                sha256.hex() for its, key, sha256 in self._base.execute(query) if its != kind.value or key not in keys
            }

    def named(self) -> Iterator[tuple[str, str, str]]:
        """All answers: kind, key and the SHA-256 of their bytes, "" where none came."""
        with self._damage_told():
            for kind, key, sha256 in self._base.execute("SELECT kind, key, sha256 FROM answers"):
                yield kind, key, (sha256 or b"").hex()

    def drop_named(self, named: Iterable[tuple[str, str]]) -> None:
        """Forget the answers of these kinds and keys."""
        with self._damage_told():
            self._base.execute("PRAGMA secure_delete = ON")
            self._base.executemany("DELETE FROM answers WHERE kind = ? AND key = ?", named)

    def compact(self) -> None:
        """Write the file anew: what was dropped is in none of its free pages, and its log is empty."""
        with self._damage_told():
            self._base.execute("VACUUM")
            self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def end_of_last_pack(self) -> tuple[int, int]:
        """The highest pack that any bytes lie in, and where its last ones end; (0, 0) where there are none."""
        query = "SELECT pack, max(start + length) FROM contents GROUP BY pack ORDER BY pack DESC LIMIT 1"
        with self._damage_told():
            return self._base.execute(query).fetchone() or (0, 0)

    def packs(self) -> set[int]:
        """The packs that any bytes lie in."""
        with self._damage_told():
            return {pack for (pack,) in self._base.execute("SELECT DISTINCT pack FROM contents")}

    def put_answer(self, entry: Entry, sha256: str | None) -> None:
        """Record an answer in place of the one that its key had."""
        content = sha256 and bytes.fromhex(sha256)
        row = (entry.kind, entry.key, entry.address, entry.outcome, entry.final, content, entry.at)
        with self._damage_told():
            self._base.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def put_place(self, sha256: str, place: Place) -> None:
        """Record where bytes lie, or lie now."""
        row = (bytes.fromhex(sha256), place.pack, place.start, place.length)
        with self._damage_told():
            self._base.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", row)

    def drop_answers(self, kind: Kind, keys: Iterable[str], *, temporary_alone: bool) -> int:
        """Forget answers; returns how many. Their bytes stay until no answer names them and `prune` runs."""
        dropped = 0
        query = "DELETE FROM answers WHERE kind = ? AND key IN ({})" + (" AND NOT final" if temporary_alone else "")
        for some in _some(keys):
            with self._damage_told():
                dropped += self._base.execute(_filled(query, some), (kind.value, *some)).rowcount
        return dropped

    def drop_answers_with(self, hashes: Iterable[str]) -> None:
        """Forget the answers whose bytes have one of these SHA-256."""
        for some in _some(map(bytes.fromhex, hashes)):
            with self._damage_told():
                self._base.execute(_filled("DELETE FROM answers WHERE sha256 IN ({})", some), some)

    def drop_unnamed_places(self) -> None:
        """Forget where bytes lie that no answer names."""
        with self._damage_told():
            self._base.execute(
                "DELETE FROM contents WHERE sha256 NOT IN (SELECT sha256 FROM answers WHERE sha256 IS NOT NULL)"
            )

    def _where_in(self, query: str, before: tuple[object, ...], values: Iterable[object]) -> Iterator[Any]:
        for some in _some(values):
            with self._damage_told():
                yield from self._base.execute(_filled(query, some), (*before, *some)).fetchall()

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:  # no place on the disk, no right to write
            raise MachineError(
                f"{self._path}: {error}", next_step="see that its disk has room and its folder can be written to"
            ) from error
        except sqlite3.DatabaseError as error:
            raise UserError(f"{self._path} is damaged: {error}", next_step=bring_back(self._path.parent)) from error


def _make(path: Path) -> None:
    """Make an index without entries, which appears under its name once it is whole.

    SQLite does not wait for another connection where it turns a file to WAL: nobody else may have it open.
    """
    with FileLock(path.with_suffix(".lock")), TemporaryDirectory(dir=path.parent) as aside:
        if not path.exists():  # nobody else has made it meanwhile
            base = sqlite3.connect(Path(aside) / FILE)
            base.executescript(f"PRAGMA journal_mode = WAL; {SCHEMA}")
            base.close()
            (Path(aside) / FILE).replace(path)


def _some(values: Iterable[object]) -> Iterator[Sequence[object]]:
    rest = iter(values)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _filled(query: str, values: Sequence[object]) -> str:
    return query.format(", ".join("?" * len(values)))
