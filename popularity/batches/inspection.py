"""What a folder looks like, and what would be read of it as a batch."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.errors import UserError
from popularity.links.folder import is_remote
from popularity.posts import POSTS
from popularity.settings import Batch, Settings
from popularity.sources.crawl import Crawl
from popularity.sources.gathered import refuse_other_unit
from popularity.sources.readers import read_batch
from popularity.sources.recognise import TABLES, columns_of, guess, reader, recognise
from popularity.sources.smp import DERIVED
from popularity.sources.strange import refuse_strange_files


@dataclass(frozen=True)
class Inspection:
    """batch: as it would be added. of: what its labels count. unit: why they cannot be, "" where they can."""

    batch: Batch
    crawl: Crawl
    of: str
    unit: str
    add: str  # the command that adds it

    @property
    def users(self) -> int:
        return int(self.crawl.posts["uid"].nunique())

    @property
    def dates(self) -> tuple[str, str] | None:
        """Days of the first and the last post; None without a post."""
        return _days(self.crawl.posts["postdate"])

    @property
    def counted(self) -> tuple[str, str] | None:
        """Days on which counts were read first and last; None where nobody says."""
        return _days(self.crawl.labels["seen"].dropna())

    @property
    def photos(self) -> dict[str, int]:
        """Posts whose photo is a file that is there, one that is not, a link, or none."""
        links = self.crawl.posts["image_url"]
        remote = links.map(is_remote).astype(bool)
        none = links == ""
        folder = Path(self.batch.path)
        there = np.array(
            [bool(link) and not far and _is_file(folder / link) for link, far in zip(links, remote, strict=True)]
        )
        return {
            "files": int(there.sum()),
            "links": int((remote & ~none).sum()),
            "paths that lead to no file": int((~remote & ~none & ~there).sum()),
            "none": int(none.sum()),
        }

    @property
    def pending(self) -> dict[str, int]:
        """Why posts have no label -> how many."""
        why = self.crawl.labels["pending"]
        return {str(reason): int(n) for reason, n in why[why != ""].value_counts().sort_index().items()}

    @property
    def empty(self) -> dict[str, int]:
        """Columns that are empty in some posts -> in how many; what is computed is never empty."""
        posts = self.crawl.posts
        blank = {
            name: int((posts[name].isna() | (posts[name] == "")).sum()) for name in POSTS.names if name not in DERIVED
        }
        return {name: n for name, n in blank.items() if n}


def inspect(folder: Path, settings: Settings, source: str | None, columns: dict[str, str] | None) -> Inspection:
    """Read a folder as the batch that it looks like, or as one of this source.

    columns: see `add_batch`; where none are given they are guessed. Raises UserError where nothing is recognised, or
    where it cannot be read as a whole.
    """
    refuse_strange_files(folder)
    batch = recognise(folder) if source is None else Batch.model_validate({"source": source, "path": str(folder)})
    if batch.source in TABLES:
        batch = batch.model_copy(update={"columns": columns or guess(columns_of(batch))})
    counted = None if batch.source == "smp" else reader(batch.source).counts(batch)
    of = counted or settings.label.of
    unit = ""
    try:
        refuse_other_unit(batch.source, counted, settings.label.of)
    except UserError as error:
        unit = str(error)
    crawl = read_batch(batch.model_copy(update={"of": of}), settings.label)
    return Inspection(batch, crawl, of, unit, _command(batch, set(settings.batches)))


def _days(seconds: "pd.Series[int] | pd.Series[float]") -> tuple[str, str] | None:
    if seconds.empty:
        return None
    first, last = (pd.Timestamp(int(one), unit="s", tz="UTC") for one in (seconds.min(), seconds.max()))
    return first.strftime("%Y-%m-%d"), last.strftime("%Y-%m-%d")


def _command(batch: Batch, taken: set[str]) -> str:
    words = ["popularity", "batches", "add", _name(Path(batch.path), taken), "--source", batch.source]
    words += ["--path", batch.path]
    for pair in batch.files or ():
        words += ["--data", pair.data]
    if batch.columns:
        words += ["--columns", ",".join(f"{ours}={theirs}" for ours, theirs in batch.columns.items())]
    return shlex.join(words)


def _name(folder: Path, taken: set[str]) -> str:
    """A name that the batch can have, after its folder's."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-_")[:40] or "mine"
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, a NUL
        return False
