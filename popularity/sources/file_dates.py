"""When files of a crawl were written: where a tool says nowhere else when it read a count, that is the day.

Copies by DVC and git lose the date, so `batches add` writes it down in a file of the batch's folder.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from popularity.errors import UserError
from popularity.sources.rows import EARLIEST

FILE = "file_dates.csv"
COLUMNS = ["file", "date"]


class FileDates:
    """The dates of a batch's files."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError where the folder's list of dates is not as it was written."""
        self._folder = folder
        self._written = _read(folder / FILE)

    def of(self, path: Path) -> int | None:
        """Unix seconds: as written down, else as the disk says; None where an archive has set that to naught."""
        if self._written is not None:
            return self._written.get(path.relative_to(self._folder).as_posix())
        date = int(path.stat().st_mtime)
        return date if date >= EARLIEST else None


def write_file_dates(folder: Path, files: Iterable[Path]) -> None:
    """Write the dates of these files of a folder down in it; a list that came with the crawl stays."""
    if (folder / FILE).exists():
        return
    dates = FileDates(folder)
    rows = [(path.relative_to(folder).as_posix(), date) for path in files if (date := dates.of(path)) is not None]
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *rows])


def _read(path: Path) -> dict[str, int] | None:
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
            if header != COLUMNS:
                raise ValueError("its first line")
            return {name: int(date) for name, date in rows}
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path} is no list of files and dates: {error}", next_step=f"delete {path}") from error
