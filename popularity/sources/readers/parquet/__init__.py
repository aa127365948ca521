"""Parquet tables; `columns` in params say which of their columns is which of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl
from popularity.sources.mapped_records import MappedFile, read_mapped
from popularity.sources.mapping import counted, is_own, named_files, ours_to_theirs

ENDING = ".parquet"
AT_A_TIME = 10_000
"""Rows that are read at once."""


def recognises(folder: Path) -> bool:
    return any(is_own(path) for path in folder.rglob(f"*{ENDING}"))


def files(folder: Path, batch: Batch) -> list[Path]:
    return [path for path, _ in named_files(folder, batch, ENDING)]


def names(path: Path) -> list[str]:
    """The columns of a file, as it calls them."""
    try:
        return list(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise _broken(path, error) from error


def counts(batch: Batch) -> str | None:
    return counted(batch, names(files(Path(batch.path), batch)[0]))


def read_crawl(batch: Batch, label: Label) -> Crawl:
    return read_mapped(_read(batch), batch, label)


def _read(batch: Batch) -> Iterator[MappedFile]:
    for path, split in named_files(Path(batch.path), batch, ENDING):
        there = names(path)
        theirs = ours_to_theirs(batch, there, str(path), "parquet")
        yield MappedFile(
            path, split, theirs, [name for name in there if name not in theirs.values()], _rows(path, theirs)
        )


def _rows(path: Path, theirs: dict[str, str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Row by row from 1: our columns and their values."""
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for part in file.iter_batches(AT_A_TIME, columns=list(theirs.values())):
                for row in part.to_pylist():
                    number += 1
                    yield number, {name: row[column] for name, column in theirs.items()}
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> UserError:
    return UserError(
        f"{path} cannot be read as Parquet: {' '.join(str(error).split())[:200]}", next_step="write or fetch it anew"
    )
