"""What the demo has left in a project: batches, nights, their record, champions fitted on them; and how it goes."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from popularity import paths
from popularity.batches.project import choose_split, remove_batch
from popularity.crawl.batch import ABOUT
from popularity.dag.writer import one_writer
from popularity.errors import UserError
from popularity.files import read_json
from popularity.printing import listed
from popularity.registry.bundle import load_bundle
from popularity.registry.history import versions
from popularity.settings import load_settings

TRUTH = "truth.json"
"""What the demo's crawler leaves beside its posts: the effects that they were drawn from."""

RECORDS = (paths.CHAMPIONS, paths.MONITORING)
VIEWS = (
    paths.BATCH_PAGES,
    paths.DRIFT_REPORTS,
    paths.MONITORING_REPORT,
    paths.CHAMPIONS_PAGE,
    paths.INDEX,
    paths.WORKSPACE,
)
"""What is drawn from the record."""


def refuse_more_than_the_demo(own: str) -> None:
    """Raises UserError where the project holds batches, crawls or champions that are neither the demo's nor `own`.

    own: the batch that is to take its place; it may be there, as after an interruption.
    """
    demo = _batches()
    if own in demo:
        raise UserError(f"{own!r} is a batch of the demo", next_step="give your posts another name")
    mine = [*_other_batches(own, demo), *_other_crawls(), *_other_champions({*demo, own}), *_other_nights({*demo, own})]
    if mine:
        raise UserError(
            f"this project holds more than the demo: {listed(mine)}",
            next_step="nothing of that is thrown away: `popularity batches add` takes further posts in beside it; "
            "for a new beginning clone the project anew",
        )


def leave_demo(own: str) -> list[str]:
    """Delete all that the demo left, batches last, and choose a split that `own` can have; returns what was removed.

    Raises UserError as `refuse_more_than_the_demo`; after an interruption a second call finishes.
    """
    with one_writer():
        refuse_more_than_the_demo(own)
        gone = [*(f"champion {version}" for version in versions()), *map(str, _crawls())]
        for place in (*RECORDS, *VIEWS, *_crawls()):
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        choose_split(own)
        for batch in _batches():
            remove_batch(batch)
            gone.append(f"batch {batch}")
    return gone


def _batches() -> list[str]:
    """Those of params.yaml that the demo drew, as a batch or as a night's crawl."""
    batches = load_settings().batches.items()
    return [name for name, batch in batches if batch.source == "demo" or _is_drawn(Path(batch.path))]


def _crawls() -> list[Path]:
    """Folders of the inbox and the quarantine whose crawls the demo drew."""
    return [folder for folder in _arrived() if _is_drawn(folder) or _is_drawn(folder / "crawl")]


def _arrived() -> list[Path]:
    folders = (*paths.INBOX.glob("[!.]*/"), *paths.QUARANTINE.glob("[!.]*/"))
    return sorted(folder for folder in folders if folder.is_dir())


def _is_drawn(crawl: Path) -> bool:
    """Whether a crawl's folder is of the demo's world: its crawler's, or asked of a Flickr on this machine."""
    if (crawl / TRUTH).is_file():
        return True
    about = crawl / ABOUT
    return about.is_file() and urlsplit(str(read_json(about).get("endpoint"))).hostname == "127.0.0.1"


def _other_batches(own: str, demo: Iterable[str]) -> Iterator[str]:
    for name in load_settings().batches:
        if name != own and name not in demo:
            yield f"batch {name}"


def _other_crawls() -> Iterator[str]:
    drawn = _crawls()
    yield from (str(folder) for folder in _arrived() if folder not in drawn)


def _other_champions(known: set[str]) -> Iterator[str]:
    for version in versions():
        if strangers := sorted({*load_bundle(version).facts.batches} - known):
            yield f"champion {version}, fitted on {listed(strangers)}"


def _other_nights(known: set[str]) -> Iterator[str]:
    for record in sorted((paths.MONITORING / "nights").glob("[!.]*.json")):
        if record.stem not in known:
            yield f"night {record.stem}"
