"""`popularity crawl`: posts asked of Flickr, with a key of its API in FLICKR_API_KEY."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from popularity.commands.names import batch_names
from popularity.printing import say

if TYPE_CHECKING:
    from popularity.crawl.api import Flickr
    from popularity.crawl.discover import Estimate, Outcome
    from popularity.settings import Settings

crawl = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Posts from Flickr: new ones, tables that lack something, views of older ones.",
)

Name = Annotated[str | None, typer.Option(help="What the batch is called.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say how many calls it takes and how long, and write nothing.")]


@crawl.callback()
def _about() -> None:
    """Posts from Flickr: new ones, tables that lack something, views of older ones.

    A crawl that was interrupted goes on with the same command, and asks for nothing that was answered. docs/crawling.md
    has the rest.
    """


@crawl.command()
def discover(
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="UTC; without it where the last crawl ended, or crawl.flickr.first_days ago.",
            show_default=False,
        ),
    ] = None,
    name: Name = None,
    dry_run: DryRun = False,
) -> None:
    """Find new public posts by the searches of crawl.flickr.searches, as a batch in data/inbox/.

    **Examples**

    popularity crawl discover

    popularity crawl discover --since 2026-11-01 --name november --dry-run
    """
    from datetime import UTC

    from popularity.crawl import discover as crawls
    from popularity.store.place import store_folder
    from popularity.store.store import Store, Writer

    start = None if since is None else int(since.replace(tzinfo=UTC).timestamp())
    with _opened() as (settings, flickr):
        if dry_run:
            with Store(store_folder()) as store:
                _tell_estimate(crawls.estimate(settings, flickr, store, since=start, name=name))
            return
        with Writer(store_folder()) as store:
            _tell(crawls.discover(settings, flickr, store, since=start, name=name))


@crawl.command()
def complete(
    table: Annotated[Path, typer.Argument(help="CSV with pid, and any columns of a crawl.")],
    name: Name = None,
    dry_run: DryRun = False,
) -> None:
    """Fill in a table that lacks titles, tags, descriptions or photo links, as a batch in data/inbox/.

    What the table says is kept. Posts that are gone are named in gone.csv of the batch, and keep their rows where the
    table has uid and postdate.

    **Examples**

    popularity crawl complete smp_t1.csv --dry-run

    popularity crawl complete ids.csv --name may
    """
    from popularity.crawl import complete as crawls
    from popularity.settings import load_settings
    from popularity.store.place import store_folder
    from popularity.store.store import Store, Writer

    if dry_run:
        with Store(store_folder()) as store:
            _tell_estimate(crawls.estimate(load_settings(), store, table, name=name))
        return
    with _opened() as (settings, flickr), Writer(store_folder()) as store:
        _tell(crawls.complete(settings, flickr, store, table, name=name))


@crawl.command()
def revisit(
    batch: Annotated[
        list[str] | None,
        typer.Option(
            help="A batch; may be repeated. All from Flickr without it.", show_default=False, autocompletion=batch_names
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Read the views of posts that have reached an age of crawl.revisit_days, into data/visits/<batch>/.

    Posts that are gone are named in gone.json there, with their last views. `ingest` reads the others as labels.

    **Examples**

    popularity crawl revisit

    popularity crawl revisit --batch may --dry-run
    """
    from popularity.crawl import revisit as crawls
    from popularity.store.place import store_folder
    from popularity.store.store import Store, Writer

    with _opened() as (settings, flickr):
        if dry_run:
            with Store(store_folder()) as store:
                _tell_estimate(crawls.estimate(settings, flickr, store, batch or None))
            return
        with Writer(store_folder()) as store:
            outcomes = crawls.revisit(settings, flickr, store, batch or None)
    if not outcomes:
        say("no post is due")
    for outcome in outcomes:
        _tell(outcome)


@contextmanager
def _opened() -> Iterator[tuple["Settings", "Flickr"]]:
    from popularity.crawl.api import Flickr, key_from_environment
    from popularity.settings import load_settings

    settings = load_settings()
    with Flickr(settings.crawl.flickr, settings.fetch, key_from_environment()) as flickr:
        yield settings, flickr


def _tell(outcome: "Outcome") -> None:
    say("\n".join(outcome.lines()))


def _tell_estimate(estimate: "Estimate") -> None:
    say("\n".join(estimate.lines()))
