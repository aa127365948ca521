"""Which batches have labels, and when those that are pending get theirs."""

from collections.abc import Iterable

import pandas as pd

from popularity import paths
from popularity.dataset.overlap import Overlap
from popularity.dataset.whole import whole_batches
from popularity.posts import DAY
from popularity.settings import Settings, load_settings


def labelled_batches(batches: Iterable[str]) -> list[str]:
    """Those of the whole batches of which at least one post has a label, in their order."""
    settings = load_settings()
    overlap = Overlap.of(settings.batches, settings.label.horizon_days)
    return [batch for batch in whole_batches(batches) if overlap.labels(batch)["label"].notna().any()]


def ages_of_labels(batches: Iterable[str]) -> "pd.Series[float]":
    """Days from posting to when the label was read, of each labelled post of the batches, by pid; NaN: nobody says."""
    settings = load_settings()
    overlap = Overlap.of(settings.batches, settings.label.horizon_days)
    labels = pd.concat([overlap.labels(batch) for batch in sorted(batches)])
    return labels[labels["label"].notna()].set_index("pid")["age_days"]


def labels_due(settings: Settings) -> str:
    """How many pending posts of the project get labels on which date (UTC): `label.min_age_days` after posting."""
    read = [batch for batch in settings.batches if paths.labels(batch).exists()]
    overlap = Overlap.of(settings.batches, settings.label.horizon_days)
    tables = [overlap.labels(batch) for batch in read]
    posted = [int(date) for table in tables for date in table.loc[table["label"].isna(), "postdate"]]
    if not posted:
        return "no post is waiting for a label"
    due = pd.to_datetime([date + settings.label.min_age_days * DAY for date in posted], unit="s").strftime("%Y-%m-%d")
    dates = ", ".join(f"{n:,} on {date}" for date, n in due.value_counts().sort_index().items())
    return f"{len(posted):,} posts wait for labels: {dates}"
