"""Posts as the files of a tool tell them, one after the other, until they are a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl
from popularity.sources.file_dates import FileDates
from popularity.sources.gathered import FILE_DATE, crawl_of
from popularity.sources.ids import Ids
from popularity.sources.json_files import BadJsonError, load
from popularity.sources.rows import Rows

NEEDED = ("pid", "uid", "postdate")

Place = tuple[str, int]
"""A file and a row of it."""


class Records(Rows):
    """Posts from one file or many. frame: every column that any of them names."""

    def __init__(
        self,
        cells: Sequence[dict[str, str]],
        places: Sequence[Place],
        ids: Ids,
        file: str = "",
        columns: tuple[str, ...] = NEEDED,
    ) -> None:
        names = dict.fromkeys([*columns, *(name for row in cells for name in row)])
        frame = pd.DataFrame({name: pd.Series([row.get(name, "") for row in cells], dtype=object) for name in names})
        super().__init__(frame, ids, file)
        self._places = list(places)
        for name in names:
            self.reject_nul(name)

    def place(self, row: int) -> Place:
        return self._places[row]

    def set_aside_unread(self, unread: Sequence[tuple[Place, str, str]]) -> None:
        """Count rows that could not even be read: where each is, why, and what is shown of it."""
        numbers = range(len(self._places), len(self._places) + len(unread))
        self._places += [place for place, _, _ in unread]
        self.rows_in += len(unread)
        for number, (_, reason, value) in zip(numbers, unread, strict=True):
            self.note([number], [""], [""], "", reason, [value])


def refuse_none(folder: Path, files: list[Path], what: str) -> list[Path]:
    """The files. Raises UserError where there is none."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder", next_step="check the batch's path: popularity batches list")
    if not files:
        raise UserError(f"{folder} holds no {what}", next_step=f"popularity batches inspect {folder}")
    return files


class Reading:
    """What is read of a batch's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._dates = FileDates(folder)
        self._cells: list[dict[str, str]] = []
        self._places: list[Place] = []
        self._unread: list[tuple[Place, str, str]] = []
        self._left_out: Counter[str] = Counter()
        self._passed_over: Counter[str] = Counter()

    def json(self, path: Path) -> Any:
        """What a JSON file holds; None where it is none, which costs a post and is counted."""
        try:
            return load(path)
        except BadJsonError as error:
            self._unread.append(((self.name(path), 1), str(error), path.name))
            return None

    def name(self, path: Path) -> str:
        """A file's path from the batch's folder."""
        return path.relative_to(self.folder).as_posix()

    def date(self, path: Path) -> str:
        """When a file was written, Unix seconds; "" where nobody knows."""
        date = self._dates.of(path)
        return "" if date is None else str(date)

    def take(self, path: Path, row: int, cells: dict[str, str]) -> None:
        """A post. cells: text by column; what is not there is empty."""
        self._cells.append({FILE_DATE: self.date(path), **cells})
        self._places.append((self.name(path), row))

    def unread(self, path: Path, row: int, reason: str) -> None:
        """A post that cannot be read."""
        self._unread.append(((self.name(path), row), reason, ""))

    def leave_out(self, reason: str) -> None:
        """A post that is no photo post."""
        self._left_out[reason] += 1

    def pass_over(self, kind: str) -> None:
        """A file that tells no post."""
        self._passed_over[kind] += 1

    def complete(self, key: str, more: Mapping[str, Mapping[str, str]]) -> None:
        """Fill what posts lack from what is known of each value of a column: followers of a uid, say."""
        for cells in self._cells:
            for name, cell in more.get(cells.get(key, ""), {}).items():
                if not cells.get(name):
                    cells[name] = cell

    def crawl(self, batch: Batch, label: Label) -> Crawl:
        """All of it, checked. Raises UserError as `crawl_of`."""
        records = Records(self._cells, self._places, Ids())
        records.set_aside_unread(self._unread)
        tables = [(records, "")] if records.rows_in or self._left_out else []
        return crawl_of(tables, batch, label, left_out=self._left_out, passed_over=self._passed_over)
