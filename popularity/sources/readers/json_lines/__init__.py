"""JSON lines; `columns` in params say which value of a line is which column: `owner.id` is the id of its owner."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from popularity.settings import Batch, Label
from popularity.sources.cells import at
from popularity.sources.crawl import Crawl
from popularity.sources.json_files import BadJsonError
from popularity.sources.json_lines import ENDINGS, lines
from popularity.sources.mapped_records import MappedFile, read_mapped
from popularity.sources.mapping import counted, is_own, named_files, ours_to_theirs

LOOKED_AT = 1000
"""Lines at a file's beginning that tell which values there are."""


def recognises(folder: Path) -> bool:
    return any(is_own(path) for ending in ENDINGS for path in folder.rglob(f"*{ending}"))


def files(folder: Path, batch: Batch) -> list[Path]:
    return [path for path, _ in _files(folder, batch)]


def names(path: Path) -> list[str]:
    """The values of the first lines, inner ones by their path."""
    found: dict[str, None] = {}
    for _, value in islice(lines(path), LOOKED_AT):
        found |= dict.fromkeys(_paths(value)) if isinstance(value, dict) else {}
    return list(found)


def counts(batch: Batch) -> str | None:
    return counted(batch, names(files(Path(batch.path), batch)[0]))


def read_crawl(batch: Batch, label: Label) -> Crawl:
    return read_mapped(_read(batch), batch, label)


def _files(folder: Path, batch: Batch) -> list[tuple[Path, str]]:
    return named_files(folder, batch, *ENDINGS)


def _read(batch: Batch) -> Iterator[MappedFile]:
    for path, split in _files(Path(batch.path), batch):
        there = names(path)
        theirs = ours_to_theirs(batch, there, str(path), "json_lines")
        ignored = [name for name in there if name not in theirs.values()]
        yield MappedFile(path, split, theirs, ignored, _rows(path, theirs))


def _rows(path: Path, theirs: dict[str, str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, value in lines(path):
        if isinstance(value, BadJsonError):
            yield number, str(value)
        elif not isinstance(value, dict):
            yield number, "no JSON object"
        else:
            yield number, {name: value.get(key, at(value, *key.split("."))) for name, key in theirs.items()}


def _paths(value: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, dict) and inner and not before:
            yield from _paths(inner, f"{key}.")
        else:
            yield f"{before}{key}"
