"""Tables with names of their own: which of their columns is which of ours, as a batch's `columns` in params say."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from popularity.errors import UserError
from popularity.printing import listed
from popularity.settings import Batch
from popularity.sources.file_dates import FILE
from popularity.sources.gathered import LIKES, VIEWS, refuse_other_unit
from popularity.sources.reading import NEEDED
from popularity.sources.smp import COLUMNS

OURS = (*COLUMNS, "label", VIEWS, LIKES, "seen")
"""Columns that `columns` may name."""

COUNTS = (VIEWS, LIKES)


def refuse_unknown(columns: Mapping[str, str]) -> None:
    """Raises UserError where a mapping names a column that is none of ours, or one of theirs twice."""
    if wrong := [name for name in columns if name not in OURS]:
        raise UserError(
            f"columns: no column is called {listed(wrong)}", next_step=f"the names before = are {', '.join(OURS)}"
        )
    theirs = list(columns.values())
    if twice := sorted({name for name in theirs if theirs.count(name) > 1}):
        raise UserError(f"columns: {listed(twice)} stands for two columns", next_step="name it once")


def named_files(folder: Path, batch: Batch, *endings: str) -> list[tuple[Path, str]]:
    """The files of a batch and the split that params give their posts: those named there, or all with these endings.

    Raises UserError where one is not there, none is found, or a file of labels is named.
    """
    if batch.files is None:
        every = (path for ending in endings for path in folder.rglob(f"*{ending}"))
        found = sorted(path for path in every if path.is_file() and is_own(path))
        if not found:
            raise UserError(
                f"{folder} holds no file that ends in {', '.join(endings)}", next_step="check --path, or name --source"
            )
        return [(path, "") for path in found]
    for pair in batch.files:
        if pair.label is not None:
            raise UserError(
                f"{pair.label}: this source reads labels from the columns label, or views and seen, of the posts' file",
                next_step="leave --label out, and put labels in a file of their own into data/visits/ as that says",
            )
        if not (folder / pair.data).is_file():
            raise UserError(f"{folder / pair.data} is not there", next_step="put it there, or name other files")
    return [(folder / pair.data, pair.split or "") for pair in batch.files]


def is_own(path: Path) -> bool:
    """Whether a file is the crawl's, and none that this or another program left beside it."""
    return not path.name.startswith(".") and path.name != FILE


def ours_to_theirs(batch: Batch, there: Iterable[str], file: str, source: str) -> dict[str, str]:
    """Which column of a file each of ours is: as the batch's `columns` say, else the one of the same name.

    there: the file's own columns. Of views and likes one is read, as views.
    Raises UserError where a column that `columns` name is not there, nor one that a post needs, or where likes are
    counted and labels are to count something else.
    """
    named = batch.columns or {}
    own = dict.fromkeys(there)
    refuse_unknown(named)
    if gone := [name for name in named.values() if name not in own]:
        raise UserError(
            f"{file}: no column {listed(gone)}, which the batch's columns name (there: {listed(own)})",
            next_step="mend --columns, or columns in the batch's line of params.yaml",
        )
    mapped = {name: name for name in OURS if name in own and name not in (*named, *named.values())} | named
    if missing := [name for name in NEEDED if name not in mapped]:
        raise UserError(
            f"{file}: no column for {', '.join(missing)} (there: {listed(own)})",
            next_step=f"say which it is: --columns {','.join(f'{name}=THEIRS' for name in missing)}",
        )
    counts = [name for name in COUNTS if name in named] or [name for name in COUNTS if name in mapped]
    if counts:
        count = batch.of if batch.of in counts else counts[0]
        if count == LIKES:
            refuse_other_unit(f"{source}, with the column {mapped[LIKES]}", LIKES, batch.of or VIEWS)
        mapped[VIEWS] = mapped[count]
    return {name: mapped[name] for name in (*COLUMNS, "label", VIEWS, "seen") if name in mapped}


def counted(batch: Batch, there: Iterable[str]) -> str | None:
    """LIKES where it is them that a file with these columns counts; None where it may be anything."""
    named, own = set(batch.columns or ()), set(there)
    if "label" in named or ("label" in own and not named & set(COUNTS)):
        return None
    counts = [name for name in COUNTS if name in named] or [name for name in COUNTS if name in own]
    return LIKES if counts == [LIKES] else None
