"""A crawl as it came, in data/raw/, data/inbox/ or data/quarantine/: rows, files and photos of people in it."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from popularity.errors import UserError
from popularity.forgetting.csv_file import Row, drop_rows, read_rows
from popularity.forgetting.tool_files import Held, Post, column_of, held_by_files, posts_told, text_in
from popularity.forgotten import Forgotten
from popularity.links.folder import is_remote
from popularity.links.spellings import Spellings
from popularity.settings import Batch
from popularity.sources import file_dates
from popularity.sources.left_out import number_of
from popularity.sources.links import clean_link
from popularity.sources.recognise import recognise

PLAIN = (".json", ".jsonl", ".ndjson", ".jsonlines", ".txt", ".tsv")
"""Of files that may name people, as text."""

PACKED = (".parquet", ".xz", ".gz", ".zip")
"""Of files that may name people, as bytes."""

TOKEN = re.compile(r"[^\s\"',;:=&(){}\[\]<>\\/]{1,100}")
SHORT = 6
"""Digits below which a number in a text is a count rather than an id."""


@dataclass(frozen=True)
class CrawlFolder:
    """What a folder holds of the people. files: CSV by name, the rows that go; no entry where none goes."""

    path: Path
    files: dict[str, list[Row]]
    others: tuple[Held, ...]  # files that are no CSV
    photos: tuple[str, ...]  # of posts that go and of no other
    links: frozenset[str]  # to the web, of posts that go
    others_links: frozenset[str]  # of posts that stay
    unread: tuple[str, ...]  # files that name people, or may, and that nobody here can take them out of

    @classmethod
    def read(cls, path: Path, forgotten: Forgotten, batch: Batch | None = None) -> "CrawlFolder":
        """forgotten: names posts of its users as well, see `Whom`. A folder that is not there holds nothing.

        batch: as params have it; None: of the source that it looks like.
        """
        batch = batch or _recognised(path)
        files: dict[str, list[Row]] = {}
        links: dict[bool, set[str]] = {True: set(), False: set()}

        def goes(post: Post) -> bool:
            gone = _is_theirs(post, forgotten)
            links[gone].add(clean_link(post.link))
            return gone

        others = tuple(held_by_files(path, batch, goes)) if batch else ()
        whole = {_name(path, file) for one in others if one.do is None for file in (one.file, *one.beside)}
        unread = _unread(path, {one.file for one in others}, forgotten)
        for file in _csv_files(path):
            gone = []
            try:
                for row in read_rows(file):
                    if file.name == file_dates.FILE:
                        gone += [row] if row.cells.get("file") in whole else []
                    else:
                        gone += [row] if goes(_post(row, batch)) else []
            except csv.Error:
                unread.append(_name(path, file))
                continue
            if gone:
                files[_name(path, file)] = gone
        theirs = links[True] - {""}
        photos = cls._photos_of(path, {link for link in theirs if not is_remote(link)}, links[False])
        named = _named_by_pid(path, forgotten)
        return cls(
            path,
            files,
            others,
            tuple(sorted((photos | named) - whole)),
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
        return bool(self.files or self.others or self.photos)

    def __str__(self) -> str:
        rows = [f"{len(gone):,} rows of {name}" for name, gone in self.files.items()]
        cut = [f"{one.posts:,} posts of {_name(self.path, one.file)}" for one in self.others if one.do]
        whole = [file for one in self.others if one.do is None for file in (one.file, *one.beside)]
        told = [f"{len(some):,} {what}" for some, what in ((whole, "files"), (self.photos, "photos")) if some]
        return ", ".join([*rows, *cut, *told])

    def rewrite(self) -> None:
        """Take rows, files and photos away: photos first, for a row tells which is whose."""
        for name in self.photos:
            (self.path / name).unlink(missing_ok=True)
        for name, rows in self.files.items():
            drop_rows(self.path / name, rows)
        for one in self.others:
            if one.do is not None:
                one.do()
            else:
                for file in (*one.beside, one.file):
                    file.unlink(missing_ok=True)


def posts_of(path: Path, is_theirs: Callable[[int], bool], batch: Batch | None = None) -> Iterator[int]:
    """Pids of the posts in a folder's files whose user is one of those. batch: as `CrawlFolder.read` takes it."""
    batch = batch or _recognised(path)
    for post in (*_posts_in_csv(path, batch), *(posts_told(path, batch) if batch else ())):
        pid, uid = number_of(post.pid), number_of(post.uid)
        if pid >= 0 and uid >= 0 and is_theirs(uid):
            yield pid


def rows_that_go(path: Path, forgotten: Forgotten) -> list[Row]:
    """The rows of one CSV file that name a post or a user to be forgotten. Raises csv.Error as `read_rows`."""
    return [row for row in read_rows(path) if _is_theirs(_post(row, None), forgotten)]


def _recognised(path: Path) -> Batch | None:
    """The crawl that a folder looks like; None where it looks like none, and its CSV files have our own names."""
    try:
        return recognise(path)
    except UserError:
        return None


def _posts_in_csv(path: Path, batch: Batch | None) -> Iterator[Post]:
    for file in _csv_files(path):
        with suppress(csv.Error):
            yield from (_post(row, batch) for row in read_rows(file))


def _post(row: Row, batch: Batch | None) -> Post:
    """A row as a post: by the batch's names of columns, else by ours, which files of labels have."""
    names = ((column_of(batch, ours), ours) for ours in ("pid", "uid", "image_url"))
    return Post(*(row.cells.get(theirs) or row.cells.get(ours, "") for theirs, ours in names))


def _is_theirs(post: Post, forgotten: Forgotten) -> bool:
    return forgotten.has_post(number_of(post.pid)) or forgotten.has_user(number_of(post.uid))


def _unread(path: Path, read: set[Path], forgotten: Forgotten) -> list[str]:
    """Files beside CSV that name people, and those of which nobody sees whether they do."""
    files = [file for file in _files(path) if file not in read and file.suffix.lower() in (*PLAIN, *PACKED)]
    return [_name(path, file) for file in files if _names_them(file, forgotten)]


def _names_them(file: Path, forgotten: Forgotten) -> bool:
    """Whether a word of a file is the id of a post or a user that goes; so it may be, where it cannot be read."""
    text = text_in(file) if file.suffix.lower() in PACKED else file.read_text(encoding="utf-8", errors="replace")
    if text is None:
        return True
    words = set(TOKEN.findall(text))
    numbers = (number_of(word) for word in words if not (word.isdecimal() and len(word) < SHORT))
    return any(forgotten.has_post(number) or forgotten.has_user(number) for number in numbers)


def _named_by_pid(path: Path, forgotten: Forgotten) -> set[str]:
    """Files that are called by a pid, whatever names them."""
    numbered = [file for file in _files(path) if file.stem.isascii() and file.stem.isdecimal()]
    goes = forgotten.of_posts(int(file.stem) for file in numbered)
    return {_name(path, file) for file, gone in zip(numbered, goes, strict=True) if gone}


def _name(path: Path, file: Path) -> str:
    return file.relative_to(path).as_posix()


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else []


def _csv_files(path: Path) -> list[Path]:
    return [file for file in _files(path) if file.suffix.lower() == ".csv"]
