"""The way of a new crawl: data/inbox/<batch>/ when it comes, data/quarantine/<batch>/ when it is refused.

A crawl is whole once its folder holds a file named COMPLETE. It stays in the inbox until everything about it is on
record, so that a run that was killed finds it again.
"""

import filecmp
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import cast, get_args

from popularity import paths
from popularity.batches.project import add_batch, discard_copy, refuse_bad_name, refuse_unreadable, remove_batch
from popularity.errors import UserError, nearest
from popularity.settings import Read, load_settings
from popularity.sources.recognise import recognise
from popularity.sources.rows import EARLIEST
from popularity.sources.strange import refuse_strange_files, writable

COMPLETE = "COMPLETE"
"""Empty, or `as_of_post` or `at_crawl`: when what the crawl says of a user's other posts was read."""

LONGEST = 100
"""Bytes of a folder's name, to which the names of records and pages add some."""


class UnfitCrawlError(UserError):
    """A whole crawl that cannot become a batch: its name or its files are not what a batch has."""


def waiting() -> list[str]:
    """Names of the whole crawls in the inbox, the oldest first; by name where they are equally old, or nobody knows."""
    crawls = [marker.parent for marker in paths.INBOX.glob(f"[!.]*/{COMPLETE}") if marker.is_file()]
    return [crawl.name for crawl in sorted(crawls, key=lambda crawl: (_crawled(crawl) or 0, crawl.name))]


def rename_unwritable() -> list[str]:
    """Give whole crawls whose names no record or page can have others, under which they are refused; tells each.

    The new name cannot name a batch either, so that a run that is killed after this refuses it, too.
    """
    told = []
    for name in waiting():
        raw = os.fsencode(name)
        if len(raw) > LONGEST or not name.isprintable():
            readable = re.sub(r"[^A-Za-z0-9_-]", "", name)[:40]
            fit = f"unfit.{readable}.{hashlib.sha256(raw).hexdigest()[:8]}"
            paths.inbox(name).rename(paths.inbox(fit))
            told.append(f"{writable(paths.inbox(name))[:LONGEST]} is now {paths.inbox(fit)}: no page can have its name")
    return told


def misnamed() -> list[Path]:
    """What is called nearly COMPLETE, as editors do, or so and is no file: such a crawl waits for ever."""
    return sorted(
        file
        for file in paths.INBOX.glob("[!.]*/*")
        if file.stem.upper() == COMPLETE
        and file.suffix.lower() in ("", ".txt")
        and not (file.parent / COMPLETE).is_file()
    )


def admit(batch: str) -> None:
    """Make a crawl of the inbox a batch of the DAG; again after an interruption, and nothing when it is one.

    Raises UnfitCrawlError, UserError where the inbox holds no such whole crawl or another batch has its name, or as
    `add_batch`.
    """
    folder = paths.inbox(batch)
    if Path(batch).name != batch or batch in ("", ".."):  # a path would lead out of the inbox
        raise UserError(f"{batch!r} is no folder of {paths.INBOX}", next_step="give the folder's name alone")
    if not (folder / COMPLETE).is_file():
        raise UserError(
            f"{folder} holds no whole crawl{nearest(batch, waiting())}",
            next_step=f"put it there, and an empty file {COMPLETE} in it at last",
        )
    there = load_settings().batches.get(batch)
    if there is not None:
        if _holds(Path(there.path), folder):
            return
        if there.source == "demo" or Path(there.path) != paths.raw(batch) or paths.raw(batch).is_dir():
            raise UserError(f"there is another batch {batch!r} already", next_step=f"give {folder} a name of its own")
        remove_batch(batch)  # as a run that was killed had begun to
    try:
        refuse_bad_name(batch)
        _refuse_links(folder)
        refuse_strange_files(folder)
        read = _read(folder)
        found = recognise(folder).model_copy(update={"columns": None})  # columns that are guessed need a person
        refuse_unreadable(found, load_settings().label.of)
    except UserError as error:
        raise UnfitCrawlError(error.problem, next_step=error.next_step) from error
    discard_copy(batch)
    add_batch(batch, source=found.source, path=folder, pairs=found.files or (), read=read, crawled=_crawled(folder))


def settle(batch: str) -> None:
    """Take a crawl that is on record out of the inbox; its copy in data/raw/ is the batch's."""
    folder = paths.inbox(batch)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != COMPLETE:  # which goes last: without it nobody would find the rest after an interruption
            path.unlink()
    shutil.rmtree(folder)


def quarantine(batch: str) -> Path:
    """Take a refused crawl out of the DAG, with all that was made of it, and set it aside; returns where it lies.

    What lay there from an earlier try is replaced.
    """
    if batch in load_settings().batches:
        remove_batch(batch)
    else:
        discard_copy(batch)
    target = paths.quarantine(batch)
    if paths.inbox(batch).is_dir():
        target.mkdir(parents=True, exist_ok=True)
        crawl = target / "crawl"
        if crawl.is_symlink():
            crawl.unlink()
        elif crawl.exists():
            shutil.rmtree(crawl)
        paths.inbox(batch).rename(crawl)
    return target


def _read(crawl: Path) -> Read:
    """When its user columns were read: as the crawl says, else as params.yaml does of all that do not."""
    said = (crawl / COMPLETE).read_text(encoding="utf-8", errors="replace").strip()
    if said in get_args(Read):
        return cast(Read, said)
    if said:
        raise UserError(
            f"{crawl / COMPLETE} says {said[:40]!r}",
            next_step="leave it empty, or write as_of_post or at_crawl into it",
        )
    return load_settings().inbox.read


def _crawled(crawl: Path) -> int | None:
    """When it was over, Unix seconds: the date of its last file; None where an archive has set that to naught."""
    date = int((crawl / COMPLETE).stat().st_mtime)
    return date if date >= EARLIEST else None


def _refuse_links(crawl: Path) -> None:
    """A crawl is moved and deleted as a whole, which must touch nothing outside it."""
    for path in (crawl, *crawl.rglob("*")):
        if path.is_symlink():
            raise UserError(f"{path} is a symbolic link", next_step="put what it points to in its place")


def _holds(batch: Path, crawl: Path) -> bool:
    """Whether each file of a crawl is in a batch's folder too, byte for byte."""
    files = [path.relative_to(crawl) for path in crawl.rglob("*") if path.is_file()]
    try:
        return all((batch / f).is_file() and filecmp.cmp(batch / f, crawl / f, shallow=False) for f in files)
    except OSError as error:  # of the batch's files or the crawl's: nobody knows whether they are the same
        raise UserError(f"{crawl} cannot be compared with {batch}: {error}", next_step="make both readable") from error
