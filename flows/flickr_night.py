"""A night whose crawl comes from a Flickr on this machine: the flows crawl it as they would crawl the real one.

While it is played params.yaml names that one; afterwards it says again what it said.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flows.monitor import monitor
from popularity import paths
from popularity.batches.params_file import replace_value
from popularity.crawl.api import VARIABLE
from popularity.crawl.batch import flickr_batches
from popularity.crawl.ledger import plans
from popularity.demo.flickr import LocalFlickr, serving
from popularity.demo.flickr_world import local_flickr, night_of
from popularity.errors import UserError
from popularity.files import replacing
from popularity.printing import say
from popularity.settings import load_settings
from popularity.store.place import store_folder
from popularity.store.store import Store

PORT = 4280
"""The same on every night: a crawl goes on, and posts are looked at again, where they were found."""

KEY = "0" * 32
"""The local Flickr takes any that has the form."""


def play_on_flickr(answer: Callable[[], int], port: int = PORT) -> int:
    """Labels of earlier nights come by revisits, then the next night's crawl is taken in; returns its exit code.

    answer: runs the flow recrawl. Raises UserError where something else listens on the port.
    """
    settings = load_settings()
    number = next_night(f"http://127.0.0.1:{port}/services/rest/")
    try:
        server = local_flickr(settings.demo, settings.base.seed, number, port)
    except OSError as error:
        raise UserError(
            f"no local Flickr can listen on 127.0.0.1:{port}: {error.strerror}",
            next_step="end what listens there, another `make night SOURCE=flickr` say",
        ) from error
    with serving(server), named(server):
        say(f"night {number}: a local Flickr answers at {server.endpoint}")
        if flickr_batches(load_settings()):
            monitor()
        return answer()


def next_night(endpoint: str) -> int:
    """The one that comes after the last crawl; that one, where it was interrupted."""
    with Store(store_folder()) as store:
        begun = plans(store, "discover", endpoint)
    nights = [night_of(plan.choices["until"]) + plan.is_done for plan in begun]
    return max(nights, default=1)


@contextmanager
def named(server: LocalFlickr) -> Iterator[None]:
    """Have params.yaml and the environment name a server as Flickr while the block runs."""
    age = load_settings().label.min_age_days
    chosen: dict[tuple[str, ...], Any] = {
        ("crawl", "flickr", "endpoint"): server.endpoint,
        ("crawl", "flickr", "photos"): server.address,
        ("crawl", "flickr", "key_block"): None,
        ("crawl", "flickr", "calls_per_hour"): 3_600_000,
        ("crawl", "flickr", "searches"): [{}],
        ("crawl", "revisit_days"): [age],
        ("fetch", "private_hosts"): [server.host],
    }
    settings = load_settings().model_dump(mode="json", exclude_defaults=False)
    before = {keys: _value(settings, keys) for keys in chosen}
    key = os.environ.get(VARIABLE)
    _write(chosen)
    os.environ[VARIABLE] = KEY
    try:
        yield
    finally:
        _write(before)
        if key is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = key


def _value(settings: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        settings = settings[key]
    return settings


def _write(values: dict[tuple[str, ...], Any]) -> None:
    text = paths.PARAMS.read_text(encoding="utf-8")
    for keys, value in values.items():
        text = replace_value(text, keys, value)
    with replacing(paths.PARAMS) as temporary:
        temporary.write_text(text, encoding="utf-8")
