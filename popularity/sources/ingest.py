"""A crawl with the labels that came later, and what is told about its rows."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from popularity.files import write_json
from popularity.posts import DAY
from popularity.printing import listed, say
from popularity.settings import Batch, Label
from popularity.sources.labels import no_label_by
from popularity.sources.readers import read_batch
from popularity.sources.rows import join_rejected
from popularity.sources.strange import refuse_strange_files
from popularity.sources.visits import apply_visits


@dataclass(frozen=True)
class Ingested:
    """posts, labels: columns of POSTS, and of LABELS and pending. rejected: rows set aside, with reasons."""

    posts: pd.DataFrame
    labels: pd.DataFrame
    rejected: pd.DataFrame
    rows_in: int  # posts
    rows_read: int  # posts, labels and visits: what `rejected` is a share of
    dropped: dict[str, int]  # reason -> posts
    faulty: tuple[Path, ...]  # folders whose files hold rows set aside


def gather(batch: Batch, visits: Path, label: Label) -> Ingested:
    """Read a batch and its visits. Columns that are not read, and posts without a label, are told on stdout.

    Raises UserError where a file cannot be read as a whole, or lies there that DVC or git would obey.
    """
    for folder in (Path(batch.path), visits):
        refuse_strange_files(folder)
    crawl = read_batch(batch, label)
    for file, columns in crawl.ignored.items():
        say(f"note: {file}: columns not read: {listed(columns)}")
    for file, told in crawl.lacking.items():
        say(f"note: {file}: columns not there: {told}")
    for kind, files in crawl.passed_over.items():
        say(f"note: {files} files passed over: {kind}")
    later = apply_visits(visits, crawl.labels, crawl.pids, label.formula, label.min_age_days, label.horizon_days)
    if without := int((later.labels["pending"] == no_label_by(label.formula)).sum()):
        say(f"note: {without} posts have {no_label_by(label.formula)}; label.formula in params.yaml names another")
    return Ingested(
        posts=crawl.posts,
        labels=later.labels.assign(age_days=(later.labels["seen"] - later.labels["postdate"]) / DAY),
        rejected=join_rejected([crawl.rejected, later.rejected]),
        rows_in=crawl.rows_in,
        rows_read=crawl.rows_read + later.rows_in,
        dropped=crawl.dropped,
        faulty=tuple(place for place, part in ((Path(batch.path), crawl), (visits, later)) if len(part.rejected)),
    )


def write_ingest_metrics(path: Path, crawl: Ingested) -> None:
    """Write rows in and out, posts dropped and label rows set aside by reason, labelled and pending posts."""
    labelled = crawl.labels[crawl.labels["label"].notna()]
    pending = crawl.labels["pending"][crawl.labels["pending"] != ""].value_counts().sort_index()
    reasons = Counter(crawl.rejected["reason"])
    reasons.subtract(crawl.dropped)
    write_json(
        path,
        {
            "rows_in": crawl.rows_in,
            "rows_out": len(crawl.posts),
            "dropped": crawl.dropped,
            "label_rows_set_aside": {reason: n for reason, n in sorted(reasons.items()) if n > 0},
            "labelled": {
                name or "unnamed": int((labelled["given_split"] == name).sum()) for name in ("train", "test", "")
            },
            "pending": int(pending.sum()),
            "pending_because": {str(reason): int(n) for reason, n in pending.items()},
        },
    )
