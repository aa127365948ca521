"""A crawl with the labels that came later, and what is told about its rows."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from popularity.files import write_json
from popularity.forgotten import Forgotten
from popularity.posts import DAY
from popularity.printing import listed, say
from popularity.settings import Batch, Label
from popularity.sources.labels import no_label_by
from popularity.sources.left_out import of_rejected, without_forgotten
from popularity.sources.readers import read_batch
from popularity.sources.rows import REJECTED_COLUMNS, join_rejected
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
    label_rows_set_aside: dict[str, int]  # reason -> rows
    faulty: tuple[Path, ...]  # folders whose files hold rows set aside


def gather(batch: Batch, visits: Path, label: Label) -> Ingested:
    """Read a batch and its visits. Columns that are not read, and posts without a label, are told on stdout.

    Posts of people who asked to be forgotten are dropped, and nothing tells which those are.
    Raises UserError where a file cannot be read as a whole, or lies there that DVC or git would obey.
    """
    forgotten = Forgotten.read()
    for folder in (Path(batch.path), visits):
        refuse_strange_files(folder)
    whole = read_batch(batch, label)
    crawl = without_forgotten(whole, forgotten)
    for file, columns in crawl.ignored.items():
        say(f"note: {file}: columns not read: {listed(columns)}")
    for file, told in crawl.lacking.items():
        say(f"note: {file}: columns not there: {told}")
    for kind, files in crawl.passed_over.items():
        say(f"note: {files} files passed over: {kind}")
    later = apply_visits(visits, crawl.labels, crawl.pids, label.formula, label.min_age_days, label.horizon_days)
    if without := int((later.labels["pending"] == no_label_by(label.formula)).sum()):
        say(f"note: {without} posts have {no_label_by(label.formula)}; label.formula in params.yaml names another")
    reasons = Counter(join_rejected([whole.rejected, later.rejected])["reason"])
    reasons.subtract(whole.dropped)
    rejected = [crawl.rejected, later.rejected[~of_rejected(later.rejected, forgotten)]]
    return Ingested(
        posts=crawl.posts,
        labels=later.labels.assign(age_days=(later.labels["seen"] - later.labels["postdate"]) / DAY),
        rejected=join_rejected(rejected)[REJECTED_COLUMNS],
        rows_in=crawl.rows_in,
        rows_read=crawl.rows_read + later.rows_in,
        dropped=crawl.dropped,
        label_rows_set_aside={reason: n for reason, n in sorted(reasons.items()) if n > 0},
        faulty=tuple(place for place, part in zip((Path(batch.path), visits), rejected, strict=True) if len(part)),
    )


def write_ingest_metrics(path: Path, crawl: Ingested) -> None:
    """Write rows in and out, posts dropped and label rows set aside by reason, labelled and pending posts."""
    labelled = crawl.labels[crawl.labels["label"].notna()]
    pending = crawl.labels["pending"][crawl.labels["pending"] != ""].value_counts().sort_index()
    write_json(
        path,
        {
            "rows_in": crawl.rows_in,
            "rows_out": len(crawl.posts),
            "dropped": crawl.dropped,
            "label_rows_set_aside": crawl.label_rows_set_aside,
            "labelled": {
                name or "unnamed": int((labelled["given_split"] == name).sum()) for name in ("train", "test", "")
            },
            "pending": int(pending.sum()),
            "pending_because": {str(reason): int(n) for reason, n in pending.items()},
        },
    )
