"""A project's folder, a Flickr on loopback, and a store to record its answers in."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from kit.local_flickr import KEY, CountingFlickr, fetch, posts, settings
from kit.project import lay_out, set_param
from popularity import paths
from popularity.crawl import api
from popularity.crawl.api import Flickr
from popularity.crawl.infos import INFO
from popularity.demo.flickr import METHODS, LocalFlickr, RefusalError, serving
from popularity.settings import Search, Settings, load_settings
from popularity.store.store import Writer


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "FIRST_WAIT_S", 0.01)


@pytest.fixture
def server() -> Iterator[CountingFlickr]:
    with serving(CountingFlickr(posts(12))) as running:
        assert isinstance(running, CountingFlickr)
        yield running
        running.hanging.set()


@pytest.fixture
def only_friends(monkeypatch: pytest.MonkeyPatch) -> int:
    """A post that the server refuses with a code that says nothing of whether it is there."""
    answer = METHODS[INFO]

    def refusing(server: LocalFlickr, given: Mapping[str, str]) -> dict[str, Any]:
        if given["photo_id"] == "5003":
            raise RefusalError(7, "Try again as somebody else")
        return answer(server, given)

    monkeypatch.setitem(METHODS, INFO, refusing)
    return 5003


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and the current folder."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    set_param(tmp_path, "demo.batches", [])
    set_param(tmp_path, "batches", {})
    return tmp_path


@pytest.fixture
def choose(folder: Path, server: CountingFlickr) -> Callable[..., Settings]:
    """params.yaml as the folder has it, but that the server is Flickr."""

    def chosen(*searches: Search) -> Settings:
        given = load_settings()
        crawl = given.crawl.model_copy(update={"flickr": settings(server, *searches)})
        return given.model_copy(update={"crawl": crawl, "fetch": fetch(server)})

    return chosen


@pytest.fixture
def flickr(choose: Callable[..., Settings]) -> Iterator[Flickr]:
    chosen = choose()
    with Flickr(chosen.crawl.flickr, chosen.fetch, SecretStr(KEY)) as opened:
        yield opened


@pytest.fixture
def store(folder: Path) -> Iterator[Writer]:
    with Writer(paths.FETCHED) as opened:
        yield opened
