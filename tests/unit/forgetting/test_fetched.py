"""Photos in the store of batches that were removed: no table tells any more whose they are."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from kit.project import lay_out, set_param
from popularity import paths
from popularity.forgetting.forget import carry_out, plan
from popularity.settings import Settings, load_settings
from popularity.sources.ids import stable_id
from popularity.store.entries import Entry, Kind
from popularity.store.place import store_folder
from popularity.store.store import Store, Writer

THEIRS = "https://live.staticflickr.com/65535/51234567890_abc123456def.jpg"
TEXT = "https://host.org/p/CIzABcdEFgh.jpg"
OTHERS = "https://live.staticflickr.com/65535/51234567891_51234567890abc.jpg"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project whose batches were removed, and what the store has of them."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POPULARITY_STORE", raising=False)
    set_param(tmp_path, "demo.batches", [])
    set_param(tmp_path, "batches", {})
    with Writer(store_folder()) as store:
        store.record([Entry(Kind.PHOTO, link, link, "ok", True, link.encode()) for link in (THEIRS, TEXT, OTHERS)])
    return load_settings()


def forget(settings: Settings, users: Iterable[int] = (), posts: Iterable[int] = ()) -> list[str]:
    """Forget them; returns what is told of them afterwards."""
    carry_out(set(users), set(posts), settings, agree=lambda plan: None)
    return plan(set(users), set(posts), settings).lines


def kept() -> list[str]:
    with Store(store_folder()) as store:
        return store.keys(Kind.PHOTO)


def test_those_that_a_link_names_go_and_the_others_are_told(settings: Settings) -> None:
    assert plan([], [51234567890], settings).lines[0].startswith("data/fetched: 1 answers, 1 files")
    left = forget(settings, posts=[51234567890, stable_id("CIzABcdEFgh")])
    assert kept() == [OTHERS]
    assert not [file for file in store_folder().rglob("*.pack") if THEIRS.encode() in file.read_bytes()]
    assert left == [
        "data/fetched: 1 photos of no crawl that is here, which may be theirs: `popularity store prune` takes them away"
    ]


def test_numbers_in_a_link_that_are_no_word_or_shorter_than_an_id_are_nobody_s(settings: Settings) -> None:
    forget(settings, users=[65535, 123456])
    assert kept() == sorted([THEIRS, TEXT, OTHERS])


def test_a_photo_that_a_crawl_shows_as_another_s_stays_and_is_told_of_nobody(settings: Settings) -> None:
    folder = paths.inbox("night")
    folder.mkdir(parents=True)
    (folder / "posts.csv").write_text(f"pid,uid,postdate,image_url\n1,2,1500000000,{THEIRS}\n")
    left = forget(settings, posts=[51234567890])
    assert THEIRS in kept()
    assert left[0].startswith("data/fetched: 2 photos")
