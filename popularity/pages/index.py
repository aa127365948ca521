"""reports/index.html: where one begins. What is open and the latest verdict, then every page there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from popularity import paths
from popularity.files import replacing
from popularity.monitoring.history import Night
from popularity.monitoring.open_points import OpenPoint
from popularity.pages.nights import HEADLINES, MEANINGS, date, open_headline, reasons
from popularity.pages.page import render_page


@dataclass(frozen=True)
class Link:
    """A page of reports/: its address from there, and what it says."""

    address: str
    title: str
    about: str


PAGES = (
    (
        paths.MONITORING_REPORT,
        "What the nights brought",
        "What is open, each with the command that settles it; then every batch with its verdict.",
    ),
    (
        paths.CHAMPIONS_PAGE,
        "The champion and the bundles beside it",
        "Who scores new posts and since when, whose rows each error was measured on, and what came of each retrain.",
    ),
    (
        paths.EVALUATION_REPORT,
        "How well popularity is predicted",
        "Every model beside the mean of a user’s own posts, how sure that is, and which posts these are.",
    ),
)


def write_index(history: Sequence[Night], open_points: Sequence[OpenPoint]) -> None:
    """Write reports/index.html, with links to the pages that are there. history: as `read_history` gives it."""
    latest = history[-1] if history else None
    nights = [night for night in reversed(history) if paths.batch_page(night.record.batch).exists()]
    with replacing(paths.INDEX) as temporary:
        text = render_page(
            "index.html",
            open_points=open_points,
            open_headline=open_headline(open_points),
            latest=latest,
            reasons=reasons(latest) if latest else [],
            date=date,
            headlines=HEADLINES,
            meanings=MEANINGS,
            pages=[Link(path.name, title, about) for path, title, about in PAGES if path.exists()],
            nights=nights,
        )
        temporary.write_text(text, encoding="utf-8")
