"""Labels that came later: a second look at the views of posts that are already there."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.posts import worth_of_looks
from popularity.sources.ids import Ids
from popularity.sources.labels import complete_labels, require_label
from popularity.sources.refused import files_of_labels
from popularity.sources.rows import join_rejected
from popularity.sources.tables import Table


@dataclass(frozen=True)
class Visits:
    """The labels of a batch after all visits, and the rows of visits that were set aside."""

    labels: pd.DataFrame  # as `Crawl.labels`
    rejected: pd.DataFrame
    rows_in: int


def apply_visits(
    folder: Path,
    labels: pd.DataFrame,
    pids: frozenset[int],
    formula: str,
    min_age_days: float = 0.0,
    horizon_days: float | None = None,
) -> Visits:
    """Replace labels by those of the visit that gives one nearest to the horizon; without a horizon, of the latest.

    folder: CSV files with pid and label, or pid, views and seen; read in the order of their names. labels: as
    `Crawl.labels`.
    Of several rows for a post the nearest `seen` wins, then the last row; those without `seen` come first.
    It replaces the crawl's own label unless that was seen nearer still.
    """
    found = [read_visit(path, labels, pids, formula, min_age_days) for path in files_of_labels(folder)]
    rejected = join_rejected(part for table in found for part in table.rejected)
    rows_in = sum(table.rows_in for table in found)
    if not found:
        return Visits(labels, rejected, rows_in)
    columns = ["pid", "label", "views", "seen", "pending"]
    visits = pd.concat([table.frame[columns] for table in found], ignore_index=True)
    why = visits[visits["pending"] != ""].drop_duplicates("pid", keep="last").set_index("pid")["pending"]
    given = visits[visits["pending"] == ""]
    posted = given["pid"].map(labels.set_index("pid")["postdate"])
    best = (
        given.assign(worth=worth_of_looks(given["seen"], posted, horizon_days))
        .sort_values("worth", kind="stable", na_position="first")
        .drop_duplicates("pid", keep="last")
    )
    renewed = best.set_index("pid").reindex(labels["pid"])
    own = worth_of_looks(labels["seen"], labels["postdate"], horizon_days)
    worse = renewed["worth"].to_numpy(np.float64) < own.to_numpy(np.float64)
    takes = renewed["label"].notna().to_numpy(bool) & ~worse
    renewed_columns = {
        c: np.where(takes, renewed[c].to_numpy(np.float64), labels[c]) for c in ("label", "views", "seen")
    }
    told = labels["pid"].map(why).fillna(labels["pending"])
    pending = told.where(np.isnan(renewed_columns["label"]), "")
    return Visits(labels.assign(**renewed_columns, pending=pending), rejected, rows_in)


def read_visit(path: Path, labels: pd.DataFrame, pids: frozenset[int], formula: str, min_age_days: float) -> Table:
    """One file, with pid, postdate, label, views, seen and pending of the posts of `labels`, in the file's order.

    labels: pid and postdate. Raises UserError where it cannot be read as a whole.
    """
    table = Table(path, ("pid",), ("label", "views", "seen"), ids=Ids())
    require_label(path, table)
    table.require_ids("pid")
    table.reject((~table.frame["pid"].isin(pids)).to_numpy(bool), "pid", "label without post")
    table.frame = table.frame[table.frame["pid"].isin(labels["pid"])]  # the post itself was set aside
    dates = labels.set_index("pid")["postdate"].reindex(table.frame["pid"])
    table.frame = table.frame.assign(postdate=dates.to_numpy(np.float64))
    complete_labels(table, formula, min_age_days)
    return table
