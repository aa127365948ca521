"""From tables of posts that hold their own labels to a crawl: what the readers of all layouts but the paper's share."""

from collections.abc import Iterable, Mapping

import pandas as pd

from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl
from popularity.sources.gathering import Gathering
from popularity.sources.labels import NOT_COUNTED, SET_ASIDE, complete_labels
from popularity.sources.rows import Rows
from popularity.sources.smp import COLUMNS, check_posts, reject_duplicates, told_of, without_label

LIKES = "likes"
VIEWS = "views"
VIDEO = "a video, no photo"
"""Why a post is left out."""

FILE_DATE = "file_date"
"""Unix seconds, as text: when the file was written that a count stands in."""


class Beside(Rows):
    """Other columns of the rows of a table, with rows set aside of its own."""

    def __init__(self, rows: Rows, frame: pd.DataFrame) -> None:
        super().__init__(frame)
        self._rows = rows

    def place(self, row: int) -> tuple[str, int]:
        return self._rows.place(row)


def refuse_other_unit(source: str, counted: str | None, of: str) -> None:
    """Raises UserError where a source counts likes, say, and labels are to count views. counted: None is anything."""
    if counted is not None and counted != of:
        raise UserError(
            f"{source} counts {counted}, and label.of in params.yaml is {of}",
            next_step=f"write `of: {counted}` below `label:` in params.yaml, then run this again; batches of {of} go "
            "first (popularity batches remove), for both cannot be joined",
        )


def crawl_of(
    tables: Iterable[tuple[Rows, str]],
    batch: Batch,
    label: Label,
    *,
    left_out: Mapping[str, int] | None = None,
    passed_over: Mapping[str, int] | None = None,
) -> Crawl:
    """Check tables of text, each with the split that its posts were given, and give every post its label.

    A table has columns of `popularity.sources.smp.COLUMNS`, of which it may lack any but pid, uid and postdate, and
    label, or views and seen. Views whose day nobody says were read on `batch.crawled`, else when their file was
    written.
    left_out: reason -> posts that are no photo posts. passed_over: kind -> files that are no posts.
    Raises UserError where there is no post at all, or two ids have one number.
    """
    gathering = Gathering(left_out)
    for table, split in tables:
        pids = check_posts(table, batch.crawled)
        reject_duplicates(table, gathering.known)
        own, aside = _labels(table, batch, label)
        labels = own.assign(postdate=table.frame["postdate"].to_numpy(), given_split=split)
        posts = table.frame[list(COLUMNS)]
        gathering.add(posts, labels, table, pids, lacking=told_of(table.added), set_aside=aside)
    if gathering.is_empty:
        raise UserError(f"{batch.path} holds no post", next_step=f"popularity batches inspect {batch.path}")
    return gathering.crawl(passed_over)


def _labels(table: Rows, batch: Batch, label: Label) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Labels of a table's posts, in their order: pid, label, views, seen, pending; and the label rows set aside."""
    posts = table.frame
    if not {"label", "views"} & set(posts.columns):
        return without_label(posts["pid"], NOT_COUNTED), []
    columns = [name for name in ("label", "views", "seen") if name in posts.columns]
    counts = Beside(table, posts[["pid", "postdate", *columns]])
    if "views" in columns:
        counts.frame = counts.frame.assign(seen=_seen(posts, batch.crawled))
    complete_labels(counts, label.formula, label.min_age_days)
    faulty = posts["pid"][~posts.index.isin(counts.frame.index)]
    both = pd.concat([counts.frame, without_label(faulty, SET_ASIDE)])
    return both[["pid", "label", "views", "seen", "pending"]].loc[posts.index], counts.rejected


def _seen(posts: pd.DataFrame, crawled: int | None) -> "pd.Series[str]":
    """When views were read, as text."""
    empty = pd.Series("", index=posts.index)
    own = posts["seen"].str.strip() if "seen" in posts.columns else empty
    otherwise = empty + str(crawled) if crawled is not None else posts.get(FILE_DATE, empty)
    return own.mask((own == "") & (posts["views"].str.strip() != ""), otherwise)
