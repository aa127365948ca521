"""What is worth an alert: verdicts, labels that are refused or overdue, and runs that failed or did not begin."""

import hashlib
from collections.abc import Iterable, Sequence

import pandas as pd

from popularity import paths
from popularity.dataset.overlap import Overlap
from popularity.dataset.whole import whole_batches
from popularity.monitoring.alert_record import News
from popularity.monitoring.history import NightRecord, read_night
from popularity.monitoring.label_files import JudgedFile
from popularity.posts import DAY
from popularity.settings import Settings


def of_verdict(record: NightRecord) -> News:
    """A batch's verdict, once. A refused crawl that comes again and is refused for another reason is news."""
    refused = record.version is None
    name = f"{record.batch}.{record.verdict}" + (f".{_digest(record.reasons)}" if refused else "")
    further = filter(None, [record.not_compared, record.seen_before, f"page: {paths.batch_page(record.batch)}"])
    return News(
        name=name,
        kind="verdict",
        subject=f"{record.batch}: {record.verdict}",
        lines=(*record.reasons, *further),
        batch=record.batch,
        verdict=record.verdict,
    )


def of_refused_labels(batch: str, one: JudgedFile) -> News:
    """A file of labels that is used by nothing, once for its bytes."""
    return News(
        name=f"{batch}.labels-refused.{one.sha256[:12]}",
        kind="labels refused",
        subject=f"{batch}: labels refused",
        lines=(f"{paths.visits(batch) / one.file}: {one.sentence}",),
        batch=batch,
    )


def of_failed_run(run: str, told: str, why: Sequence[str]) -> News:
    """A run of a flow. run: its id; told: what to call it; why: a line for each thing that failed."""
    return News(name=f"failed.{run}", kind="failed run", subject=f"{told} failed", lines=tuple(why))


def of_late_run(run: str, told: str, due: str, now: str) -> News:
    """A scheduled run that did not begin in time. due, now: dates; now: what is so of it."""
    return News(
        name=f"late.{run}", kind="late run", subject=f"{told} is late", lines=(f"It was due at {due}, and {now}.",)
    )


def overdue_labels(settings: Settings) -> list[News]:
    """Nights of which no label has come, though all their posts are old enough by the date of the latest crawl.

    That date and not the clock's: a world that is played, or a month taken in at once, has nights of its own. Each is
    told once. Dates are UTC.
    """
    nights = [batch for batch in whole_batches(settings.batches) if paths.night_record(batch).exists()]
    dates = [date for batch in nights if (date := read_night(batch).crawled)]
    if not dates:
        return []
    now = max(map(pd.Timestamp, dates)).timestamp()
    overlap = Overlap.of(settings.batches, settings.label.horizon_days)
    age, slack = settings.label.min_age_days, settings.monitoring.alerts.labels_overdue_days
    found = []
    for batch in nights:
        labels = overlap.labels(batch)
        if labels.empty or labels["label"].notna().any():
            continue
        due = int(labels["postdate"].max()) + age * DAY
        if due + slack * DAY < now:
            day = pd.Timestamp(due, unit="s").strftime("%Y-%m-%d")
            lines = (
                f"None of {len(labels):,} posts has a label. The last of them were due on {day}, in "
                f"{paths.visits(batch)}/.",
            )
            subject = f"{batch}: labels are overdue"
            name = f"{batch}.labels-overdue"
            found.append(News(name=name, kind="labels overdue", subject=subject, lines=lines, batch=batch))
    return found


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "backslashreplace")).hexdigest()[:12]
