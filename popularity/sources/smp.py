"""A batch in the layout of the paper's multimodal-SMP-dataset: CSV files of posts and of their labels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.encoders.tokens import split_tags
from popularity.errors import UserError
from popularity.posts import DAY, said
from popularity.settings import Batch, FilePair, Label
from popularity.sources.crawl import Crawl
from popularity.sources.gathering import Gathering
from popularity.sources.labels import NOT_COUNTED, SET_ASIDE, complete_labels, require_label
from popularity.sources.links import clean_link
from popularity.sources.rows import MOST, MOST_LETTERS, Rows
from popularity.sources.tables import Table

COUNTS = ("commentcount", "titlelen", "deslen", "tagcount", "groupcount")
MEANS = ("avgview", "avgmembercount")
TEXT = ("alltags", "title", "description", "image_url")
COLUMNS = (
    "pid", "uid", "postdate", "commentcount", "haspeople", "titlelen", "deslen", "tagcount", "avgview", "groupcount",
    "avgmembercount", *TEXT,
)  # fmt: skip
"""Of a whole file; the numbers may be empty, but for ids and dates."""

LACKS = ("commentcount", "haspeople", "groupcount", "avgmembercount")
"""Columns that a file may lack, as if they were empty."""

DERIVED: dict[str, Callable[[pd.DataFrame], "pd.Series[int]"]] = {
    "titlelen": lambda posts: posts["title"].map(said).str.len(),
    "deslen": lambda posts: posts["description"].map(said).str.len(),
    "tagcount": lambda posts: posts["alltags"].map(lambda tags: len(split_tags(tags))),
}
"""Columns that a file may lack, and how they come from the others."""

AFTER_ITS_CRAWL = "dated after its crawl, which was over when COMPLETE was written: a camera's or a phone's clock?"

OTHER_USER = "uid is not the post's"
"""Of a label row: its post is set aside, too."""

LABEL_COLUMNS = ("uid", "label", "views", "seen")
"""Beside pid, each where it is there."""


def find_pairs(folder: Path, named: tuple[FilePair, ...] | None) -> tuple[FilePair, ...]:
    """The pairs that params name, or the paper's train and test pairs where they exist.

    Raises UserError when a named file is not there, a label file has no posts beside it, or none is found.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder", next_step="check the batch's path: popularity batches list")
    pairs = named if named is not None else _paper_pairs(folder)
    for name in (name for pair in pairs for name in (pair.data, pair.label) if name):
        if not (folder / name).is_file():
            raise UserError(f"{folder / name} is not there", next_step="put it there, or name other files")
    if not pairs:
        raise UserError(
            f"{folder} holds neither train_data.csv nor test_data.csv",
            next_step="name the files: popularity batches add ... --data POSTS.csv --label LABELS.csv",
        )
    return pairs


def read_crawl(
    folder: Path,
    named: tuple[FilePair, ...] | None,
    formula: str,
    min_age_days: float = 0.0,
    crawled: int | None = None,
) -> Crawl:
    """Read a batch's files; formula names how a label comes from views, min_age_days when (see `complete_labels`).

    crawled: Unix seconds; a post dated more than a day later (clocks and time zones differ) is set aside.
    Rows with errors are set aside and counted; a file that cannot be read as a whole raises UserError.
    """
    gathering = Gathering()
    for pair in find_pairs(folder, named):
        data, pids = _read_posts(folder / pair.data, crawled)
        reject_duplicates(data, gathering.known)
        beside: list[Rows] = []
        if pair.label is None:
            label = without_label(data.frame["pid"], NOT_COUNTED)
        else:
            table = _read_labels(folder / pair.label, data, pids, formula, min_age_days)
            beside = [table]
            waiting = _of_faulty_rows(data, table)
            label = pd.concat([table.frame, without_label(waiting, SET_ASIDE)])
            unlabelled = ~data.frame["pid"].isin(label["pid"]).to_numpy(bool)
            data.reject(unlabelled, "pid", "post without label")
        dates = data.frame[["pid", "postdate"]]
        kept = label[["pid", "label", "views", "seen", "pending"]].merge(dates, on="pid", validate="one_to_one")
        kept = kept.assign(given_split=pair.split or "")
        gathering.add(data.frame, kept, data, pids, lacking=told_of(data.added), beside=beside)
    return gathering.crawl()


def read_batch(batch: Batch, label: Label) -> Crawl:
    """A batch in this layout, as `popularity.sources.readers` asks for it."""
    return read_crawl(Path(batch.path), batch.files, label.formula, label.min_age_days, batch.crawled)


def _paper_pairs(folder: Path) -> tuple[FilePair, ...]:
    pairs = []
    for split in ("train", "test"):
        data, label = f"{split}_data.csv", f"{split}_label.csv"
        has_data, has_label = (folder / data).is_file(), (folder / label).is_file()
        if has_data or has_label:
            pairs.append(FilePair.model_validate({"data": data, "label": label if has_label else None, "split": split}))
    return tuple(pairs)


def _read_posts(path: Path, crawled: int | None) -> tuple[Table, frozenset[int]]:
    may_lack = (*LACKS, *DERIVED)
    table = Table(path, [name for name in COLUMNS if name not in may_lack], may_lack)
    return table, check_posts(table, crawled)


def check_posts(table: Rows, crawled: int | None) -> frozenset[int]:
    """Turn a table of text into one of posts: columns of COLUMNS, typed, with rows that have errors set aside.

    Columns that it lacks are added: computed where they come from others, else empty. crawled: see `read_crawl`.
    Returns the pids of all posts: a label of a post that was set aside is no stray.
    """
    for name in [name for name in COLUMNS if name not in table.frame.columns and name not in DERIVED]:
        table.add(name, "")
    for name in [name for name in DERIVED if name not in table.frame.columns]:
        table.add(name, DERIVED[name](table.frame).astype(str))
    table.require_ids("pid")
    pids = frozenset(table.frame["pid"])
    table.require_ids("uid")
    table.require_dates("postdate")
    if crawled is not None:
        late = (table.frame["postdate"] > crawled + DAY).to_numpy(bool)
        table.reject(late, "postdate", AFTER_ITS_CRAWL)
    for column in COUNTS:
        table.require_counts(column, MOST_LETTERS if column in DERIVED else MOST)
    for column in MEANS:
        table.require_amounts(column)
    table.require_numbers("haspeople")
    table.reject(~table.frame["haspeople"].isin([0, 1, np.nan]).to_numpy(bool), "haspeople", "neither 0 nor 1")
    table.frame = table.frame.assign(image_url=table.frame["image_url"].map(clean_link))
    return pids


def told_of(added: list[str]) -> str:
    """What columns that a file lacks are taken for."""
    return ", ".join(f"{name} ({'computed' if name in DERIVED else 'as if empty'})" for name in added)


def reject_duplicates(table: Rows, known: set[int]) -> None:
    """Keep the first of each pid, over all of the batch's files; adds this file's to `known`."""
    pid = table.frame["pid"]
    table.reject((pid.duplicated() | pid.isin(known)).to_numpy(bool), "pid", "duplicate pid")
    known.update(table.frame["pid"])


def _read_labels(path: Path, posts: Table, pids: frozenset[int], formula: str, min_age_days: float) -> Table:
    """The labels of these posts, with columns pid, label, views, seen and pending."""
    table = Table(path, ("pid",), LABEL_COLUMNS)
    require_label(path, table)
    table.require_ids("pid")
    table.reject((~table.frame["pid"].isin(pids)).to_numpy(bool), "pid", "label without post")
    table.reject(table.frame["pid"].duplicated().to_numpy(bool), "pid", "duplicate pid")
    table.frame = table.frame[table.frame["pid"].isin(posts.frame["pid"])]  # the post itself was set aside
    own = posts.frame.set_index("pid")
    table.frame = table.frame.assign(postdate=own["postdate"].reindex(table.frame["pid"]).to_numpy())
    if "uid" in table.frame.columns:
        table.require_ids("uid")
        said = own["uid"].reindex(table.frame["pid"]).to_numpy(np.int64)
        table.reject(table.frame["uid"].to_numpy(np.int64) != said, "uid", OTHER_USER)
    complete_labels(table, formula, min_age_days)
    return table


def _of_faulty_rows(posts: Table, labels: Table) -> "pd.Series[int]":
    """Pids of the posts whose label rows were all set aside, but for another user's: the post itself is in doubt."""
    faulty = [part[part["reason"] != OTHER_USER] for part in labels.rejected]
    doubtful = [part[part["reason"] == OTHER_USER] for part in labels.rejected]
    pid = posts.frame["pid"]
    return pid[_named(pid, faulty) & ~_named(pid, doubtful) & ~pid.isin(labels.frame["pid"])]


def _named(pid: "pd.Series[int]", rejected: list[pd.DataFrame]) -> "pd.Series[bool]":
    """Whether a row set aside has this pid, which is text there."""
    return pid.astype(str).isin({text.strip() for part in rejected for text in part["pid"]})


def without_label(pids: "pd.Series[int]", why: str) -> pd.DataFrame:
    """Rows of labels for posts that have none: pid, label, views, seen, pending."""
    return pd.DataFrame({"pid": pids, "label": np.nan, "views": np.nan, "seen": np.nan, "pending": why})
