"""A crawl as it came, in data/raw/, data/inbox/ or data/quarantine/: rows of its CSV files, and its photos."""

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from popularity.forgetting.csv_file import Row, drop_rows, read_rows
from popularity.forgotten import Forgotten, whole_number
from popularity.links.folder import is_remote
from popularity.links.spellings import Spellings
from popularity.sources.links import clean_link

KINDS = (".json", ".jsonl", ".ndjson", ".parquet", ".xz", ".gz", ".zip", ".txt", ".tsv")
"""Of files beside CSV that may name people."""


@dataclass(frozen=True)
class CrawlFolder:
    """What a folder holds of the people. files: by their names there, the rows that go; no entry where none goes."""

    path: Path
    files: dict[str, list[Row]]
    photos: tuple[str, ...]  # of posts that go and of no other
    links: frozenset[str]  # to the web, of posts that go
    others_links: frozenset[str]  # of posts that stay
    unread: tuple[str, ...]  # files that may name people, and that nobody here can take rows out of

    @classmethod
    def read(cls, path: Path, forgotten: Forgotten) -> "CrawlFolder":
        """forgotten: names posts of its users as well, see `Whom`. A folder that is not there holds nothing."""
        files: dict[str, list[Row]] = {}
        links: dict[bool, set[str]] = {True: set(), False: set()}
        unread = [file.relative_to(path).as_posix() for file in _files(path) if file.suffix.lower() in KINDS]
        for file in _csv_files(path):
            gone = []
            try:
                for row in read_rows(file):
                    goes = _goes(row, forgotten)
                    links[goes].add(clean_link(row.cells.get("image_url", "")))
                    gone += [row] if goes else []
            except csv.Error:
                unread.append(file.relative_to(path).as_posix())
                continue
            if gone:
                files[file.relative_to(path).as_posix()] = gone
        theirs = links[True] - {""}
        photos = cls._photos_of(path, {link for link in theirs if not is_remote(link)}, links[False])
        named = _named_by_pid(path, forgotten)
        return cls(
            path,
            files,
            tuple(sorted(photos | named)),
            frozenset(link for link in theirs if is_remote(link)),
            frozenset(link for link in links[False] if is_remote(link)),
            tuple(sorted(unread)),
        )

    @staticmethod
    def _photos_of(path: Path, links: set[str], others: set[str]) -> set[str]:
        if not links:
            return set()
        spellings = Spellings(path)

        def file_of(link: str) -> str | None:
            direct = path / link
            inside = direct.parent.resolve().is_relative_to(path.resolve())
            return direct.relative_to(path).as_posix() if inside and direct.is_file() else spellings.find(link)

        shared = {file_of(link) for link in others if link and not is_remote(link)}
        return {file for link in links if (file := file_of(link)) is not None and file not in shared}

    def __bool__(self) -> bool:
        return bool(self.files or self.photos)

    def __str__(self) -> str:
        rows = [f"{len(gone):,} rows of {name}" for name, gone in self.files.items()]
        return ", ".join([*rows, *([f"{len(self.photos):,} photos"] if self.photos else [])])

    def rewrite(self) -> None:
        """Take rows and photos away: photos first, for a row tells which is whose."""
        for name in self.photos:
            (self.path / name).unlink(missing_ok=True)
        for name, rows in self.files.items():
            drop_rows(self.path / name, rows)


def posts_of(path: Path, is_theirs: Callable[[int], bool]) -> Iterator[int]:
    """Pids of the posts in a folder's CSV files whose user is one of those."""
    for file in _csv_files(path):
        with suppress(csv.Error):
            for row in read_rows(file):
                pid, uid = (whole_number(row.cells.get(name, "")) for name in ("pid", "uid"))
                if pid is not None and uid is not None and is_theirs(uid):
                    yield pid


def rows_that_go(path: Path, forgotten: Forgotten) -> list[Row]:
    """The rows of one CSV file that name a post or a user to be forgotten. Raises csv.Error as `read_rows`."""
    return [row for row in read_rows(path) if _goes(row, forgotten)]


def _goes(row: Row, forgotten: Forgotten) -> bool:
    pid, uid = (whole_number(row.cells.get(name, "")) for name in ("pid", "uid"))
    return (pid is not None and forgotten.has_post(pid)) or (uid is not None and forgotten.has_user(uid))


def _named_by_pid(path: Path, forgotten: Forgotten) -> set[str]:
    """Files that are called by a pid, whatever names them."""
    numbered = [file for file in _files(path) if file.stem.isascii() and file.stem.isdecimal()]
    goes = forgotten.of_posts(int(file.stem) for file in numbered)
    return {file.relative_to(path).as_posix() for file, gone in zip(numbered, goes, strict=True) if gone}


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else []


def _csv_files(path: Path) -> list[Path]:
    return [file for file in _files(path) if file.suffix.lower() == ".csv"]
