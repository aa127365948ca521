"""What is open: what came of crawls and labels that a person must settle, each with the command that settles it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from popularity import paths
from popularity.batches.answers import recent_temporary
from popularity.batches.inbox import COMPLETE, misnamed
from popularity.errors import UserError
from popularity.files import read_json
from popularity.monitoring.alerts import overdue_labels
from popularity.monitoring.history import Night, read_night
from popularity.monitoring.label_files import read_judged
from popularity.monitoring.requests import open_requests
from popularity.settings import Answer, Settings

MONITOR = "python -m flows.monitor"


@dataclass(frozen=True)
class OpenPoint:
    """One thing that is open. answer: how grave it is; command: for a shell in the project's folder."""

    answer: Answer
    what: str
    batch: str
    told: str
    command: str


@dataclass(frozen=True)
class Release:
    """How a refused crawl comes back. crawl: where it lies; commands: as in `OpenPoint`, in their order."""

    crawl: Path
    commands: tuple[str, ...]


def release_of(batch: str) -> Release:
    """Put a crawl that was refused back into the inbox, and have it judged anew."""
    crawl = paths.quarantine(batch) / "crawl"
    back = f"mv {shlex.quote(str(crawl))} {shlex.quote(str(paths.inbox(batch)))}"
    return Release(crawl, (back, f"python -m flows.recrawl --batch {shlex.quote(batch)}"))


def open_points(settings: Settings, history: Sequence[Night]) -> list[OpenPoint]:
    """All that is open, the gravest first: crawls and labels that were refused, then what only waits.

    history: of `read_history`. Whether an answer is recent is said by the date of the latest crawl on record and not by
    the clock, so that the same record tells the same.
    """
    return [
        *_quarantined(),
        *_refused_labels(settings),
        *_requests(),
        *_overdue(settings),
        *_temporary_answers(history),
        *_misnamed(),
    ]


def _quarantined() -> list[OpenPoint]:
    found = []
    for folder in sorted(paths.QUARANTINE.glob("[!.]*/crawl")):
        batch = folder.parent.name
        if paths.night_record(batch).exists():  # it came again, and passed
            continue
        try:
            first = next(iter(read_night(batch).reasons), "").removeprefix("stop: ")
        except UserError:  # a run that is at work, or was killed, has not come to the record
            first = "It is not on record yet."
        release = release_of(batch)
        told = f"{first} The crawl lies in {release.crawl}; once it is mended there, or the rule is, put it back."
        found.append(OpenPoint("stop", "in quarantine", batch, told, " && ".join(release.commands)))
    return found


def _refused_labels(settings: Settings) -> list[OpenPoint]:
    return [
        OpenPoint(
            "stop",
            "labels refused",
            batch,
            f"{paths.visits(batch) / one.file}: {one.sentence} Put the right file in its place.",
            MONITOR,
        )
        for batch in settings.batches
        for one in read_judged(batch)
        if one.answer == "stop" and (paths.visits(batch) / one.file).exists()
    ]


def _requests() -> list[OpenPoint]:
    return [
        OpenPoint(
            "retrain",
            "asks for a retrain",
            request.batch,
            request.answer or "Nobody has tried yet.",
            f"python -m flows.retrain --batch {shlex.quote(request.batch)}" if request.state == "new" else MONITOR,
        )
        for request in open_requests()
    ]


def _overdue(settings: Settings) -> list[OpenPoint]:
    return [
        OpenPoint("watch", "labels overdue", str(news.batch), " ".join(news.lines), MONITOR)
        for news in overdue_labels(settings)
    ]


def _temporary_answers(history: Sequence[Night]) -> list[OpenPoint]:
    dates = [night.record.crawled for night in history if night.record.crawled]
    if not dates:
        return []
    found = []
    for batch in recent_temporary(pd.Timestamp(dates[-1]).timestamp()):
        left = sum(read_json(paths.metrics("fetch", batch))["temporary"].values())
        told = f"{left:,} links have a temporary answer: a busy server, a time-out, no such host."
        found.append(OpenPoint("watch", "links to ask again", batch, told, f"popularity links retry {batch}"))
    return found


def _misnamed() -> list[OpenPoint]:
    return [
        OpenPoint(
            "watch",
            "waits in the inbox",
            file.parent.name,
            f"{file} is not called {COMPLETE}, so the crawl is not taken in.",
            f"mv {shlex.quote(str(file))} {shlex.quote(str(file.parent / COMPLETE))}",
        )
        for file in misnamed()
    ]
