"""Labels: how popular a post is, on a logarithmic scale."""

from pathlib import Path

import numpy as np

from popularity.arrays import FloatArray
from popularity.errors import UserError
from popularity.posts import DAY
from popularity.sources.rows import Rows

NOT_COUNTED = "not counted yet"
"""Why a post has no label that nobody has given one."""

SET_ASIDE = "label row set aside"
"""Why a post has no label whose row has an error."""

BEFORE_ITS_POST = "more than a day before its post"


def label_from_views(formula: str, views: FloatArray, postdate: FloatArray, seen: FloatArray) -> FloatArray:
    """The label of views that were counted at a known time.

    views: counts, shape (n,). postdate, seen: Unix seconds, shape (n,). days = (seen - postdate) / 86,400.
    formula, each from the SMP challenge of 2017 or its readers:
      log2_views                  log2(views + 1), as all labels that the challenge published later
      log2_views_per_day          log2(views / days + 1), a reading of the paper
      log2_views_per_day_plus_1   log2(views / days) + 1, the form usually cited for SMP-T1
    Returns shape (n,), NaN where the formula has no value: days not positive, views negative or, for the last, 0.
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


def count_from_label(formula: str, label: FloatArray) -> FloatArray:
    """The count that a label is made of, a day where the formula says so, at least 0; shape (n,), as given.

    formula: see `label_from_views`.
    """
    whole = np.exp2(label - 1) if formula == "log2_views_per_day_plus_1" else np.exp2(label) - 1
    return np.maximum(whole, 0.0)


def require_label(path: Path, table: Rows) -> None:
    """Raises UserError unless the table has `label`, or both `views` and `seen`."""
    there = set(table.frame.columns)
    if "label" not in there and not {"views", "seen"} <= there:
        raise UserError(
            f"{path}: column missing: label (or views and seen)", next_step="add it to the file's first line"
        )


def label_columns(table: Rows) -> tuple[str, ...]:
    """Which columns give the label: `label` as it stands, or else `views` and `seen`."""
    return ("label",) if "label" in table.frame.columns else ("views", "seen")


def complete_labels(table: Rows, formula: str, min_age_days: float = 0.0) -> None:
    """Fill label, views, seen (float64) and pending of a table that has pid, postdate and one form of a label.

    min_age_days: views that were read earlier than so long after posting are no label yet: most are still to come. A
    label that is given as it stands is none, too, where it was read no later than its post is dated.
    pending: why a row has no label, "" where it has one. Rows with errors are set aside.
    """
    given = label_columns(table) == ("label",)
    if given:
        table.require_numbers("label")
    if "views" in table.frame.columns:
        table.require_counts("views")
    if "seen" in table.frame.columns:
        table.require_dates("seen", empty=True)
    table.frame = table.frame.assign(**{c: np.nan for c in ("views", "seen") if c not in table.frame.columns})
    before = table.frame["postdate"] - table.frame["seen"] > DAY  # a date alone is the day's first second
    table.reject(before.to_numpy(bool), "seen", BEFORE_ITS_POST)
    if not given:
        table.reject((table.frame["views"].notna() & table.frame["seen"].isna()).to_numpy(bool), "seen", "empty")
    _decide(table, formula, min_age_days, given=given)


def _decide(table: Rows, formula: str, min_age_days: float, *, given: bool) -> None:
    """Fill label and pending. given: the label stands in the file."""
    views, postdate, seen = (table.frame[c].to_numpy(np.float64) for c in ("views", "postdate", "seen"))
    count = table.frame["label"].to_numpy(np.float64) if given else views
    label = count if given else label_from_views(formula, views, postdate, seen)
    young = (seen <= postdate) | ((seen - postdate < min_age_days * DAY) & (not given))
    label = np.where(young, np.nan, label)
    why = np.select(
        [~np.isnan(label), np.isnan(count), young],
        ["", NOT_COUNTED, f"counted within {min_age_days:g} days"],
        default=no_label_by(formula),
    )
    table.frame = table.frame.assign(label=label, pending=why)


def no_label_by(formula: str) -> str:
    """Why a post has no label whose views the formula has no value for."""
    return f"no label by {formula}"
