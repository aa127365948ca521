"""CSV files as text, row by row; whatever is wrong with a row is set aside with its file, row and column."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity.arrays import BoolArray
from popularity.errors import UserError
from popularity.printing import listed, printable
from popularity.sources import rounded
from popularity.sources.kinds import refuse_other_kinds, seems_windows_1252

REJECTED_COLUMNS = ["file", "row", "pid", "column", "reason", "value"]
"""What is listed of rows set aside; a column uid tells whose they are, as far as they say it."""

MOST = 1e12
"""Of views, members and the like: a hundred times as many as there are people."""

MOST_LETTERS = 1e6
"""Of a title, a description, or tags."""

SHOWN = 100
"""Characters of a wrong value that are kept."""

LARGEST = int(np.iinfo(np.int64).max)
"""The largest id; photo sharing sites use ids of up to 19 digits."""

LONGEST = len(str(LARGEST))

FIELD_BYTES = 16 * 2**20
"""Longest field. Python's own limit of 128 KiB is one that a description can pass."""

EARLIEST, BEFORE = (int(pd.Timestamp(day, tz="UTC").timestamp()) for day in ("2000-01-01", "2100-01-01"))
"""Dates outside are absurd: photo sharing is younger, and milliseconds read as seconds lie far beyond. No clock is
asked, so that the same file gives the same rows on every day."""


class Table:
    """The good rows of one CSV file, and those set aside.

    frame: the columns asked for, as text (object dtype, "" where empty), indexed by row: the line of the file on
    which the row starts, the header being line 1.
    """

    def __init__(self, path: Path, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Read a file. Columns that nobody asked for are named in `ignored`.

        Raises UserError where the file as a whole cannot be read: it is not there, not CSV, or lacks a column.
        """
        self.file = path.name
        self.rejected: list[pd.DataFrame] = []
        self.added: list[str] = []
        header, rows, lines = _read(path)
        lower = {name.lower() for name in header}
        wanted = [*required, *(name for name in optional if name in lower)]
        if missing := [name for name in wanted if name not in header]:
            raise UserError(
                f"{path}: column missing: {', '.join(missing)} (row 1 has {listed(map(_shown, header))})",
                next_step=_mend(header, wanted),
            )
        self.ignored = [_shown(name) for name in header if name not in wanted]
        self.rows_in = len(rows)
        whole = np.array([len(row) == len(header) for row in rows], dtype=bool)
        fields = list(zip(*(row for row, good in zip(rows, whole, strict=True) if good), strict=True))
        self.frame = pd.DataFrame(
            {name: pd.Series(fields[header.index(name)] if fields else (), dtype=object) for name in wanted}
        )
        numbered = np.array(lines, dtype=np.int64)
        self.frame.index = pd.Index(numbered[whole], name="row")
        self._reject_ragged(header, [r for r, good in zip(rows, whole, strict=True) if not good], numbered[~whole])
        for name in wanted:
            self._reject_undecodable(name)

    def add(self, column: str, cells: "str | pd.Series[str]") -> None:
        """Fill a column that the file has not, as text; `added` names it."""
        self.added.append(column)
        self.frame = self.frame.assign(**{column: cells})

    def reject(self, wrong: BoolArray, column: str, reason: str) -> None:
        """Set the rows of this mask aside: each row once, with the first thing that was wrong."""
        if wrong.any():
            rows = self.frame[wrong]
            pids, uids = ([*rows[name]] if name in rows else [""] * len(rows) for name in ("pid", "uid"))
            self._note(rows.index.to_numpy(), pids, uids, column, reason, rows[column].tolist())
            self.frame = self.frame[~wrong]

    def require_ids(self, column: str) -> None:
        """Turn a column into int64; what is not a whole number below 2**63, or was rounded, is set aside."""
        self.reject(rounded.in_exponent_form(self._text(column)), column, rounded.IN_EXPONENT_FORM)
        whole = self._text(column).str.fullmatch(r"\d+(\.0+)?").to_numpy(bool)
        self.reject(~whole, column, "not a whole number")
        large = np.array([len(value) > LONGEST or int(value) > LARGEST for value in self._digits(column)], dtype=bool)
        self.reject(large, column, "a whole number beyond 64 bits")
        self.reject(rounded.by_a_float(self._text(column), self._digits(column)), column, rounded.BY_A_FLOAT)
        self.reject(rounded.in_zeros(self._digits(column)), column, rounded.IN_ZEROS)
        self.frame = self.frame.assign(**{column: self._digits(column).astype(np.int64)})

    def require_numbers(self, column: str, *, empty: bool = True) -> None:
        """Turn a column into float64, empty into NaN (or aside, with empty=False); no infinity, no `nan`."""
        text = self._text(column)
        number = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
        wrong = ~np.isfinite(number) & ((text != "").to_numpy(bool) | (not empty))
        self.reject(wrong, column, "not a number")
        self.frame = self.frame.assign(**{column: number[~wrong]})

    def require_counts(self, column: str, most: float = MOST) -> None:
        """Turn a column into float64 whole numbers, 0 to `most`, empty into NaN.

        Three digits behind a dot are thousands as half of the world prints them: "1.234" is no count of 1, and "1.000"
        would be one in silence.
        """
        text = self._text(column)
        grouped = text.str.fullmatch(r"\+?\d{1,3}(\.\d{3})+").to_numpy(bool)
        self.reject(grouped, column, "no count: a dot between thousands?")
        self.require_amounts(column, most)
        broken = (self.frame[column] % 1 > 0).to_numpy(bool)
        self.reject(broken, column, "no whole number, and it is a count")

    def require_amounts(self, column: str, most: float = MOST) -> None:
        """Turn a column into float64, 0 to `most`, empty into NaN: one value beyond hides what all others say."""
        self.require_numbers(column)
        self.reject((self.frame[column] < 0).to_numpy(bool), column, "negative")
        self.reject((self.frame[column] > most).to_numpy(bool), column, f"more than {most:,.0f}, which no post has")

    def require_dates(self, column: str, *, empty: bool = False) -> None:
        """Turn Unix seconds or ISO dates (UTC where they name no zone) into float64 Unix seconds."""
        self.reject(rounded.too_coarse(self._text(column)), column, rounded.TOO_COARSE)
        text = self._text(column)
        seconds = pd.to_numeric(text, errors="coerce").to_numpy(np.float64).copy()
        other = np.isnan(seconds)
        if other.any():
            iso = pd.to_datetime(text[other], format="ISO8601", utc=True, errors="coerce")
            since = (iso - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
            seconds[other] = np.floor(since.to_numpy(np.float64))
        blank = (text == "").to_numpy(bool) & empty
        unparsable = np.isnan(seconds) & ~blank
        self.reject(unparsable, column, "not a date (Unix seconds or ISO)")
        seconds = seconds[~unparsable]
        absurd = ~np.isnan(seconds) & ~((seconds >= EARLIEST) & (seconds < BEFORE))
        self.reject(absurd, column, "date outside 2000 to 2099")
        self.frame = self.frame.assign(**{column: seconds[~absurd]})

    def _text(self, column: str) -> "pd.Series[str]":
        return self.frame[column].astype(str).str.strip()

    def _digits(self, column: str) -> "pd.Series[str]":
        """Whole numbers without a fraction of zeros and without leading ones."""
        return self._text(column).str.replace(r"\.0+$", "", regex=True).str.lstrip("0").replace("", "0")

    def _reject_ragged(self, header: list[str], rows: list[list[str]], lines: npt.NDArray[np.int64]) -> None:
        places = [header.index(name) if name in header else len(header) for name in ("pid", "uid")]
        pids, uids = ([row[at] if at < len(row) else "" for row in rows] for at in places)
        reason = f"the row has not {len(header)} fields as the first line has"
        self._note(lines, pids, uids, "", reason, [f"{len(row)} fields" for row in rows])

    def _reject_undecodable(self, column: str) -> None:
        nul = ["\0" in value for value in self.frame[column]]
        self.reject(np.array(nul, dtype=bool), column, "NUL character")
        odd = [not value.isascii() and any("\udc80" <= c <= "\udcff" for c in value) for value in self.frame[column]]
        western = [
            wrong and seems_windows_1252(one.encode(errors="surrogateescape"))
            for wrong, one in zip(odd, self.frame[column], strict=True)
        ]
        known = np.array(western, dtype=bool)
        self.reject(known, column, "not UTF-8, but Windows-1252 as it seems: save the file as UTF-8")
        self.reject(np.array(odd, dtype=bool)[~known], column, "not UTF-8")

    def _note(
        self,
        rows: npt.NDArray[np.int64],
        pids: Sequence[object],
        uids: Sequence[object],
        column: str,
        reason: str,
        values: Sequence[object],
    ) -> None:
        if len(rows):
            self.rejected.append(
                pd.DataFrame(
                    {
                        "file": self.file,
                        "row": rows,
                        "pid": [_shown(pid) for pid in pids],
                        "column": column,
                        "reason": reason,
                        "value": [_shown(value) for value in values],
                        "uid": [_shown(uid) for uid in uids],
                    }
                )
            )


def join_rejected(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All rows set aside, in the order of the files and their rows; empty when none."""
    found = list(parts)
    if not found:
        return pd.DataFrame(columns=REJECTED_COLUMNS)
    joined = pd.concat(found, ignore_index=True)
    order = {name: place for place, name in enumerate(dict.fromkeys(joined["file"]))}
    return joined.sort_values(["file", "row"], key=lambda c: c.map(order) if c.name == "file" else c, kind="stable")


def _read(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", next_step="check `batches list`") from error
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
            f"{path}, row 1: column named twice: {listed(map(_shown, twice))}", next_step="rename one of them"
        )
    return header, rows, lines[1:]


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
    for separator in (";", "\t", "|"):
        if len(header) == 1 and set(wanted) & {name.strip() for name in header[0].lower().split(separator)}:
            return f"separate the columns by commas, not by {separator!r}"
    return "add the column to the file's first line, or name another file"


def _shown(value: object) -> str:
    raw = str(value)[:SHOWN].encode("utf-8", errors="surrogateescape")
    return printable(raw.decode("utf-8", errors="backslashreplace"))
