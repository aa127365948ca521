"""Where one figure over all rows hides something: strangers, ranks within a user, the most popular posts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity.evaluation.metrics import Scores, mae, score, spearman

MIN_ROWS_OF_A_USER = 5
"""Fewer rows than this make no rank worth averaging."""


@dataclass(frozen=True)
class WithinUser:
    """The mean over users of each one's own rho; None where no user has enough rows."""

    spearman: float | None
    users: int


@dataclass(frozen=True)
class Labels:
    """The labels of a group of posts, in log2 views; sd is of the sample (n - 1), None below two rows."""

    n: int
    mean: float | None
    sd: float | None


def unseen_users(table: pd.DataFrame, model: str) -> Scores:
    """Scores on test rows of users with no training row. table: see `scored`."""
    known = set(table.loc[table["split"] == "validation", "uid"])
    rows = table[(table["split"] == "test") & ~table["uid"].isin(known)]
    return score(rows["observed"].to_numpy(np.float64), rows[model].to_numpy(np.float64))


def within_user(table: pd.DataFrame, model: str, split: str) -> WithinUser:
    """Does the model order a user's own posts? Users with fewer than MIN_ROWS_OF_A_USER rows are left out."""
    rhos = [
        spearman(rows["observed"].to_numpy(np.float64), rows[model].to_numpy(np.float64))
        for _, rows in table[table["split"] == split].groupby("uid")
        if len(rows) >= MIN_ROWS_OF_A_USER
    ]
    return WithinUser(float(np.mean(rhos)) if rhos else None, len(rhos))


def most_popular_tenth(table: pd.DataFrame, model: str, split: str) -> tuple[float | None, int]:
    """MAE on the tenth of the rows with the highest labels (rounded up; ties by pid), and their number."""
    rows = table[table["split"] == split].sort_values("observed", ascending=False, kind="stable")
    top = rows.head(-(-len(rows) // 10))
    if top.empty:
        return None, 0
    return mae(top["observed"].to_numpy(np.float64), top[model].to_numpy(np.float64)), len(top)


def labels_by_photo(observed: pd.DataFrame) -> dict[str, Labels]:
    """The labels of posts whose photo is there ("kept") and of those whose photo is gone ("dropped")."""
    return {
        name: Labels(
            n=len(label),
            mean=float(label.mean()) if len(label) else None,
            sd=float(label.std(ddof=1)) if len(label) > 1 else None,
        )
        for name, label in (
            ("kept", observed.loc[observed["has_photo"], "observed"]),
            ("dropped", observed.loc[~observed["has_photo"], "observed"]),
        )
    }
