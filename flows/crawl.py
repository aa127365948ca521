"""What of a flow asks Flickr: here lie the retries, where the network is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefect import task
from prefect.client.schemas.objects import State, TaskRun
from pydantic import SecretStr

from flows.alerts import secret
from popularity.alerting.sending import NotSentError
from popularity.crawl.api import KEYS, Flickr, InVainError, as_key, key_from_environment
from popularity.crawl.batch import flickr_batches
from popularity.crawl.discover import discover
from popularity.crawl.revisit import revisit
from popularity.errors import UserError
from popularity.printing import say
from popularity.settings import Flickr as FlickrSettings
from popularity.settings import Settings, load_settings
from popularity.store.place import store_folder
from popularity.store.store import Writer

PAUSES_S = [60.0, 600.0, 1800.0]
"""Before a crawl that ended in vain goes on: API and networks are rarely away for longer."""


def _was_in_vain(task: object, run: TaskRun, state: State) -> bool:
    return isinstance(state.result(raise_on_failure=False), InVainError)


def discover_where_named() -> list[Exception]:
    """Have new posts come to the inbox, where params name what to look for; returns why they did not."""
    return _told(discover_posts) if load_settings().crawl.flickr.searches else []


def revisit_where_due() -> list[Exception]:
    """Have the views of older posts come to data/visits/, where a batch came from Flickr; returns why they did not."""
    settings = load_settings()
    return _told(revisit_posts) if settings.crawl.revisit_days and flickr_batches(settings) else []


@task(
    name="discover", retries=len(PAUSES_S), retry_delay_seconds=PAUSES_S, retry_condition_fn=_was_in_vain,
    persist_result=False,
)  # fmt: skip
def discover_posts() -> None:
    """Go on with the crawl that was interrupted, or begin one where the last one ended."""
    with _opened() as (settings, flickr, store):
        say("\n".join(discover(settings, flickr, store).lines()))


@task(
    name="revisit", retries=len(PAUSES_S), retry_delay_seconds=PAUSES_S, retry_condition_fn=_was_in_vain,
    persist_result=False,
)  # fmt: skip
def revisit_posts() -> None:
    """Read the views of the posts that are due."""
    with _opened() as (settings, flickr, store):
        for outcome in revisit(settings, flickr, store):
            say("\n".join(outcome.lines()))


def _told(ask: Callable[[], object]) -> list[Exception]:
    """Why a crawl came to nothing: it keeps no crawl that is there already from being taken in, and no label."""
    try:
        ask()
    except Exception as error:  # noqa: BLE001, as above
        return [error]
    return []


@contextmanager
def _opened() -> Iterator[tuple[Settings, Flickr, Writer]]:
    settings = load_settings()
    with (
        Flickr(settings.crawl.flickr, settings.fetch, key_of(settings.crawl.flickr)) as flickr,
        Writer(store_folder()) as store,
    ):
        yield settings, flickr, store


def key_of(settings: FlickrSettings) -> SecretStr:
    """Of the Secret block that params name, else of the environment. Raises UserError where there is none."""
    block = settings.key_block
    if block is None:
        return key_from_environment()
    try:
        return as_key(secret(f"block/{block}"), f"the Secret block {block}")
    except NotSentError as error:
        raise UserError(
            f"crawl.flickr.key_block: {error}", next_step=f"make it in Prefect, with a key from {KEYS}"
        ) from None
