"""CSV files as text, row by row; whatever is wrong with a row is set aside with its file, row and column."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity.errors import UserError
from popularity.printing import listed
from popularity.sources.ids import Ids
from popularity.sources.kinds import refuse_other_kinds, seems_windows_1252
from popularity.sources.rows import Rows, shown

FIELD_BYTES = 16 * 2**20
"""Longest field. Python's own limit of 128 KiB is one that a description can pass."""

FIRST_BYTES = 2**20
"""Of a file, in which its first line ends."""

SEPARATORS = (";", "\t", "|")
"""Of columns, in files that are no CSV files here."""


class Table(Rows):
    """The good rows of one CSV file, and those set aside.

    frame: the columns asked for, indexed by row: the line of the file on which the row starts, the header being line 1.
    """

    def __init__(
        self,
        path: Path,
        required: Iterable[str],
        optional: Iterable[str] = (),
        *,
        names: Mapping[str, str] | None = None,
        ids: Ids | None = None,
    ) -> None:
        """Read a file. Columns that nobody asked for are named in `ignored`.

        names: as the first line calls columns -> as they are called here. ids: see `Rows`.
        Raises UserError where the file as a whole cannot be read: it is not there, not CSV, or lacks a column.
        """
        header, rows, lines = _read(path)
        header = [(names or {}).get(name, name) for name in header]
        lower = {name.lower() for name in header}
        wanted = [*required, *(name for name in optional if name in lower)]
        if missing := [name for name in wanted if name not in header]:
            raise UserError(
                f"{path}: column missing: {', '.join(missing)} (row 1 has {listed(map(shown, header))})",
                next_step=_mend(header, wanted),
            )
        whole = np.array([len(row) == len(header) for row in rows], dtype=bool)
        fields = list(zip(*(row for row, good in zip(rows, whole, strict=True) if good), strict=True))
        numbered = np.array(lines, dtype=np.int64)
        frame = pd.DataFrame(
            {name: pd.Series(fields[header.index(name)] if fields else (), dtype=object) for name in wanted}
        )
        super().__init__(frame.set_index(pd.Index(numbered[whole], name="row")), ids, path.name)
        self.ignored = [shown(name) for name in header if name not in wanted]
        self.rows_in = len(rows)
        self._reject_ragged(header, [r for r, good in zip(rows, whole, strict=True) if not good], numbered[~whole])
        for name in wanted:
            self._reject_undecodable(name)

    def place(self, row: int) -> tuple[str, int]:
        """The file's name, and the line."""
        return self.file, row

    def _reject_ragged(self, header: list[str], rows: list[list[str]], lines: npt.NDArray[np.int64]) -> None:
        places = [header.index(name) if name in header else len(header) for name in ("pid", "uid")]
        pids, uids = ([row[at] if at < len(row) else "" for row in rows] for at in places)
        reason = f"the row has not {len(header)} fields as the first line has"
        self.note(lines, pids, uids, "", reason, [f"{len(row)} fields" for row in rows])

    def _reject_undecodable(self, column: str) -> None:
        self.reject_nul(column)
        odd = [not value.isascii() and any("\udc80" <= c <= "\udcff" for c in value) for value in self.frame[column]]
        western = [
            wrong and seems_windows_1252(one.encode(errors="surrogateescape"))
            for wrong, one in zip(odd, self.frame[column], strict=True)
        ]
        known = np.array(western, dtype=bool)
        self.reject(known, column, "not UTF-8, but Windows-1252 as it seems: save the file as UTF-8")
        self.reject(np.array(odd, dtype=bool)[~known], column, "not UTF-8")


def first_line(path: Path) -> list[str]:
    """The names of a CSV file's columns, but for those without a name. Raises UserError where it is no CSV file."""
    try:
        with path.open("rb") as file:
            raw = file.read(FIRST_BYTES)
    except OSError as error:
        raise _unreadable(path, error) from error
    refuse_other_kinds(path, raw)
    text = raw.decode("utf-8-sig", errors="surrogateescape")
    names = [name for name in map(str.strip, next(csv.reader(io.StringIO(text, newline="")), [])) if name]
    for separator in SEPARATORS:
        if len(names) == 1 and separator in names[0]:
            raise UserError(
                f"{path}: its columns are separated by {separator!r}", next_step="separate the columns by commas"
            )
    return names


def _read(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    refuse_other_kinds(path, raw)
    # Bytes that are not UTF-8 pass as lone surrogates, so that only their row is refused.
    text = raw.decode("utf-8-sig", errors="surrogateescape")
    csv.field_size_limit(FIELD_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, lines, start = [], [], 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"{path}, row {start} (the line on which it starts): {error}",
            next_step="check the quotes of that row: a quote inside a quoted field is written twice",
        ) from error
    if not rows:
        raise UserError(f"{path} is empty", next_step="a first line with the names of the columns is needed")
    header, *rows = _without_nameless([name.strip() for name in rows[0]], rows[1:])
    if twice := [name for name, n in Counter(header).items() if n > 1]:
        raise UserError(
            f"{path}, row 1: column named twice: {listed(map(shown, twice))}", next_step="rename one of them"
        )
    return header, rows, lines[1:]


def _unreadable(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be read: {error.strerror}", next_step="check `batches list`")


def _without_nameless(header: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Header and rows without the columns at the end that have no name; a row with a cell there stays as it is."""
    width, named = len(header), len(header)
    while named and not header[named - 1]:
        named -= 1
    empty = (len(row) == width and not "".join(row[named:]).strip() for row in rows)
    return [header[:named], *(row[:named] if cut else row for row, cut in zip(rows, empty, strict=True))]


def _mend(header: list[str], wanted: list[str]) -> str:
    """What to do about a first line without the columns: other separators and encodings look like that."""
    if "\0" in "".join(header):
        return "save the file as UTF-8: it looks like UTF-16"
    lower = {name.lower() for name in header}
    if found := [name for name in wanted if name not in header and name in lower]:
        return f"write these names in lower case: {', '.join(found)}"
    for separator in SEPARATORS:
        if len(header) == 1 and set(wanted) & {name.strip() for name in header[0].lower().split(separator)}:
            return f"separate the columns by commas, not by {separator!r}"
    return "add the column to the file's first line, or name another file"
