"""CSV files whose columns have other names; `columns` in params say which is which."""

from pathlib import Path

from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl
from popularity.sources.file_dates import FileDates
from popularity.sources.gathered import FILE_DATE, crawl_of
from popularity.sources.ids import Ids
from popularity.sources.mapping import counted, is_own, named_files, ours_to_theirs
from popularity.sources.tables import Table, first_line

ENDING = ".csv"


def recognises(folder: Path) -> bool:
    return any(is_own(path) for path in folder.rglob(f"*{ENDING}"))


def files(folder: Path, batch: Batch) -> list[Path]:
    return [path for path, _ in named_files(folder, batch, ENDING)]


def names(path: Path) -> list[str]:
    """The columns of a file, as it calls them."""
    return first_line(path)


def counts(batch: Batch) -> str | None:
    return counted(batch, names(files(Path(batch.path), batch)[0]))


def read_crawl(batch: Batch, label: Label) -> Crawl:
    folder = Path(batch.path)
    dates, ids = FileDates(folder), Ids()
    tables = []
    for path, split in named_files(folder, batch, ENDING):
        theirs = ours_to_theirs(batch, first_line(path), str(path), "csv")
        # a column of theirs that has the name of another one of ours is that one no more
        names = {name: f"{name} (theirs)" for name in theirs} | {theirs[name]: name for name in theirs}
        table = Table(path, theirs, names=names, ids=ids)
        date = dates.of(path)
        table.frame = table.frame.assign(**{FILE_DATE: "" if date is None else str(date)})
        tables.append((table, split))
    return crawl_of(tables, batch, label)
