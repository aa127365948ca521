"""Labels: how popular a post is, on a logarithmic scale."""

from pathlib import Path

import numpy as np

from popularity.arrays import FloatArray
from popularity.errors import UserError
from popularity.sources.tables import Table

DAY = 86_400
"""Seconds."""


def label_from_views(formula: str, views: FloatArray, postdate: FloatArray, seen: FloatArray) -> FloatArray:
    """The label of views that were counted at a known time.

    views: counts, shape (n,). postdate, seen: Unix seconds, shape (n,). days = (seen - postdate) / 86,400.
    formula, each from the SMP challenge of 2017 or its readers:
      log2_views_per_day_plus_1   log2(views / days) + 1, the form usually cited for SMP-T1
      log2_views_per_day          log2(views / days + 1), another reading of it
      log2_views                  log2(views + 1), where the age of a post is not to count
    Returns shape (n,), NaN where the formula has no value: days not positive, views negative or, for the first, 0.
    """
    days = (seen - postdate) / DAY
    good = (views >= 0) & (days > 0)
    count, age = np.where(good, views, np.nan), np.where(good, days, np.nan)
    match formula:
        case "log2_views_per_day_plus_1":
            return np.log2(np.where(count > 0, count, np.nan) / age) + 1
        case "log2_views_per_day":
            return np.log2(count / age + 1)
        case "log2_views":
            return np.log2(np.where(good, count + 1, np.nan))
    raise ValueError(f"no formula {formula!r}")


def require_label(path: Path, table: Table) -> None:
    """Raises UserError unless the table has `label`, or both `views` and `seen`."""
    there = set(table.frame.columns)
    if "label" not in there and not {"views", "seen"} <= there:
        raise UserError(
            f"{path}: column missing: label (or views and seen)", next_step="add it to the file's first line"
        )


def label_columns(table: Table) -> tuple[str, ...]:
    """Which columns give the label: `label` as it stands, or else `views` and `seen`."""
    return ("label",) if "label" in table.frame.columns else ("views", "seen")


def complete_labels(table: Table, formula: str) -> None:
    """Fill label, views and seen (float64) of a table that has pid, postdate and one of the two forms of a label.

    Rows without a usable label are set aside.
    """
    needed = label_columns(table)
    for column in ("label", "views"):
        if column in table.frame.columns:
            table.require_numbers(column, empty=column not in needed)
    if "views" in table.frame.columns:
        table.reject((table.frame["views"] < 0).to_numpy(bool), "views", "negative")
    if "seen" in table.frame.columns:
        table.require_dates("seen", empty="seen" not in needed)
    table.frame = table.frame.assign(**{c: np.nan for c in ("views", "seen") if c not in table.frame.columns})
    frame = table.frame
    table.reject((frame["seen"] <= frame["postdate"]).to_numpy(bool), "seen", "not after postdate")
    if "views" in needed:
        frame = table.frame
        arrays = (frame[c].to_numpy(np.float64) for c in ("views", "postdate", "seen"))
        label = label_from_views(formula, *arrays)
        table.reject(np.isnan(label), "views", f"no label by {formula}")
        table.frame = table.frame.assign(label=label[~np.isnan(label)])
