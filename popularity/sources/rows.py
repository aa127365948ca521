"""Rows of posts or labels as text; whatever is wrong with a row is set aside with its file, row and column."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity.arrays import BoolArray
from popularity.posts import NOT_SAID
from popularity.printing import printable
from popularity.sources import rounded
from popularity.sources.ids import Ids, stable_id

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

EARLIEST, BEFORE = (int(pd.Timestamp(day, tz="UTC").timestamp()) for day in ("2000-01-01", "2100-01-01"))
"""Dates outside are absurd: photo sharing is younger, and milliseconds read as seconds lie far beyond. No clock is
asked, so that the same file gives the same rows on every day."""

NOT_WHOLE = "no whole number, and it is a count"
"""Why a row is set aside."""


class Rows(ABC):
    """The good rows of one or more files, and those set aside.

    frame: columns as text (object dtype, "" where empty), indexed by a number of each row, which `place` knows.
    rows_in: how many there were. file: its name, "" where there are several. added: columns that it has not. ignored:
    those of it that are not read. ids: those of the batch, where ids may be names; None where they may not.
    """

    def __init__(self, frame: pd.DataFrame, ids: Ids | None = None, file: str = "") -> None:
        self.file = file
        self.ignored: list[str] = []
        self.frame = frame
        self.rows_in = len(frame)
        self.ids = ids
        self.rejected: list[pd.DataFrame] = []
        self.added: list[str] = []

    @abstractmethod
    def place(self, row: int) -> tuple[str, int]:
        """The file that a row of the frame comes from, and where it starts there."""

    def add(self, column: str, cells: "str | pd.Series[str]") -> None:
        """Fill a column that the file has not, as text; `added` names it."""
        self.added.append(column)
        self.frame = self.frame.assign(**{column: cells})

    def reject(self, wrong: BoolArray, column: str, reason: str) -> None:
        """Set the rows of this mask aside: each row once, with the first thing that was wrong."""
        if wrong.any():
            rows = self.frame[wrong]
            pids, uids = ([*rows[name]] if name in rows else [""] * len(rows) for name in ("pid", "uid"))
            self.note(rows.index.to_numpy(), pids, uids, column, reason, rows[column].tolist())
            self.frame = self.frame[~wrong]

    def require_ids(self, column: str) -> None:
        """Turn a column into int64; what is not a whole number below 2**63, or was rounded, is set aside.

        Where `ids` are kept, what is no number at all becomes one by `stable_id`. Raises UserError as `Ids.keep`.
        """
        named = self._set_names_apart(column)
        self.reject(rounded.in_exponent_form(self._text(column)), column, rounded.IN_EXPONENT_FORM)
        whole = self._text(column).str.fullmatch(r"\d+(\.0+)?").to_numpy(bool)
        self.reject(~whole, column, "not a whole number")
        large = np.array([len(value) > LONGEST or int(value) > LARGEST for value in self._digits(column)], dtype=bool)
        self.reject(large, column, "a whole number beyond 64 bits")
        self.reject(rounded.by_a_float(self._text(column), self._digits(column)), column, rounded.BY_A_FLOAT)
        self.reject(rounded.in_zeros(self._digits(column)), column, rounded.IN_ZEROS)
        numbers = self._digits(column).to_numpy(np.int64, copy=True)
        if self.ids is not None:
            left = named[named.index.isin(self.frame.index)]
            there = self.frame.index.isin(left.index)
            numbers[there] = np.array([stable_id(name) for name in left], dtype=np.int64)
            self.ids.keep(column, self._digits(column).mask(there, left), numbers)
        self.frame = self.frame.assign(**{column: numbers})

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
        self.reject(broken, column, NOT_WHOLE)

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

    def reject_nul(self, column: str) -> None:
        """Set rows aside whose cell holds a NUL character: no table that is written later can."""
        nul = ["\0" in value for value in self.frame[column]]
        self.reject(np.array(nul, dtype=bool), column, "NUL character")

    def _set_names_apart(self, column: str) -> "pd.Series[str]":
        """The ids that are no numbers, if such are taken; the frame then has 0 there, which breaks no rule."""
        text = self._text(column)
        if self.ids is None:
            return text[:0]
        like_number = text.str.fullmatch(r"[+-]?\d+([.,]\d*)?([eE][+-]?\d+)?").to_numpy(bool)
        nothing = text.isin(["", *NOT_SAID]).to_numpy(bool)
        named = text[~(like_number | nothing)]
        self.frame = self.frame.assign(**{column: text.mask(text.index.isin(named.index), "0")})
        return named

    def _text(self, column: str) -> "pd.Series[str]":
        return self.frame[column].astype(str).str.strip()

    def _digits(self, column: str) -> "pd.Series[str]":
        """Whole numbers without a fraction of zeros and without leading ones."""
        return self._text(column).str.replace(r"\.0+$", "", regex=True).str.lstrip("0").replace("", "0")

    def note(
        self,
        rows: Sequence[int] | npt.NDArray[np.int64],
        pids: Sequence[object],
        uids: Sequence[object],
        column: str,
        reason: str,
        values: Sequence[object],
    ) -> None:
        """Put rows on the list of those set aside; `frame` stays as it is."""
        if len(rows):
            places = [self.place(int(row)) for row in rows]
            self.rejected.append(
                pd.DataFrame(
                    {
                        "file": [file for file, _ in places],
                        "row": [start for _, start in places],
                        "pid": [shown(pid) for pid in pids],
                        "column": column,
                        "reason": reason,
                        "value": [shown(value) for value in values],
                        "uid": [shown(uid) for uid in uids],
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


def shown(value: object) -> str:
    """A value of a file as it may be printed, cut; bytes that are not UTF-8 as escapes."""
    raw = str(value)[:SHOWN].encode("utf-8", errors="surrogateescape")
    return printable(raw.decode("utf-8", errors="backslashreplace"))
