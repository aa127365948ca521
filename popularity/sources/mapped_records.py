"""Rows of values, as Parquet and JSON lines have them, to a crawl."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from popularity.settings import Batch, Label
from popularity.sources.cells import text_of
from popularity.sources.crawl import Crawl
from popularity.sources.file_dates import FileDates
from popularity.sources.gathered import FILE_DATE, crawl_of
from popularity.sources.ids import Ids
from popularity.sources.reading import Records


@dataclass(frozen=True)
class MappedFile:
    """theirs: our column -> theirs. rows: number of each row, and our columns with their values or why it is no row."""

    path: Path
    split: str
    theirs: dict[str, str]
    ignored: list[str]
    rows: Iterable[tuple[int, dict[str, Any] | str]]


def read_mapped(files: Iterable[MappedFile], batch: Batch, label: Label) -> Crawl:
    """The posts of all files, one file after the other."""
    return crawl_of(_tables(files, Path(batch.path)), batch, label)


def _tables(files: Iterable[MappedFile], folder: Path) -> Iterator[tuple[Records, str]]:
    dates, ids = FileDates(folder), Ids()
    for file in files:
        date = dates.of(file.path)
        cells, places, wrong = [], [], []
        for number, row in file.rows:
            if isinstance(row, str):
                wrong.append((number, row))
            else:
                cells.append({name: text_of(value) for name, value in row.items()})
                places.append((file.path.name, number))
        records = Records(cells, places, ids, file.path.name, columns=(*file.theirs,))
        records.set_aside_unread([((file.path.name, number), why, "") for number, why in wrong])
        records.frame = records.frame.assign(**{FILE_DATE: "" if date is None else str(date)})
        records.ignored = file.ignored
        yield records, file.split
