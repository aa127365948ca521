"""A CSV file without some of its rows: all others stay as they are, byte for byte."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from popularity.forgetting.dated import replacing_dated
from popularity.sources.tables import FIELD_BYTES

BOM = "\ufeff"


@dataclass(frozen=True)
class Row:
    """A row after the first line. lines: those of the file on which it stands, from 0, the second not among them."""

    lines: tuple[int, int]
    cells: dict[str, str]  # by the name in the first line


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file. Raises csv.Error where it cannot be read as CSV: nobody knows where its rows end then."""
    lines = _lines(path)
    csv.field_size_limit(max(FIELD_BYTES, csv.field_size_limit()))
    reader = csv.reader(lines, strict=True)
    header: list[str] | None = None
    start = 0
    for row in reader:
        if header is None:
            header = [name.strip().removeprefix(BOM) for name in row] if row else None
        elif row:
            yield Row((start, reader.line_num), dict(zip(header, row, strict=False)))
        start = reader.line_num


def drop_rows(path: Path, rows: Collection[Row]) -> None:
    """Write the file anew without these rows of it."""
    lines = _lines(path)
    gone = {line for row in rows for line in range(*row.lines)}
    with replacing_dated(path) as temporary:
        kept = "".join(line for number, line in enumerate(lines) if number not in gone)
        temporary.write_bytes(kept.encode("utf-8", errors="surrogateescape"))


def _lines(path: Path) -> list[str]:
    """The file's lines with their ends; bytes that are not UTF-8 as lone surrogates."""
    return list(io.StringIO(path.read_bytes().decode("utf-8", errors="surrogateescape"), newline=""))
