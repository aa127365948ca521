"""What the store was told of people goes: answers, bytes, and what packs and index still hold of them."""

from pathlib import Path
from typing import cast

import pytest

from popularity.store.care import Forgetter, Going, damaged, going
from popularity.store.costly import Costly
from popularity.store.entries import Entry, Kind
from popularity.store.packs import pack_path
from popularity.store.store import Store, Writer

THEIRS, SHARED, OTHERS = b"their photo", b"a photo of both", b"a photo of others"
CALL = cast(Kind, "call")  # a kind of its own, whatever the next one is called


def nobody(text: str) -> bool:
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Writer(tmp_path / "fetched") as store:
        store.record(
            [
                Entry(Kind.PHOTO, "http://h/theirs.jpg", "http://h/theirs.jpg", "ok", True, THEIRS),
                Entry(Kind.PHOTO, "http://h/same.jpg", "http://h/same.jpg", "ok", True, SHARED),
                Entry(Kind.PHOTO, "http://h/dead.jpg", "http://h/dead.jpg", "gone", True),
                Entry(Kind.PHOTO, "http://h/others.jpg", "http://h/others.jpg", "ok", True, OTHERS),
                Entry(Kind.PHOTO, "http://h/both.jpg", "http://h/both.jpg", "ok", True, SHARED),
            ]
        )
    return tmp_path / "fetched"


def of(folder: Path, *names: str) -> Going:
    return going(folder, {f"http://h/{name}.jpg" for name in names}, nobody)


def forget(folder: Path, going: Going) -> None:
    with Forgetter(folder) as store:
        store.forget(going)


def all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_answers_and_bytes_go_from_index_and_packs_and_those_of_others_stay(folder: Path) -> None:
    forget(folder, of(folder, "theirs", "same", "dead"))
    left = all_bytes(folder)
    assert not [told for told in (THEIRS, b"theirs.jpg", b"same.jpg", b"dead.jpg") if told in left]
    with Store(folder) as store:
        kept = {
            answer.key: answer.sha256
            for answer in store.answers(Kind.PHOTO, ["http://h/others.jpg", "http://h/both.jpg"])
        }
        places = store.places(kept.values())
        read = {key: store.read(sha256, places[sha256]) for key, sha256 in kept.items()}
    assert read == {"http://h/others.jpg": OTHERS, "http://h/both.jpg": SHARED}
    assert damaged(folder) == {}
    assert not of(folder, "theirs", "same", "dead")


def test_a_store_that_holds_nothing_of_theirs_is_left_as_it_is(folder: Path) -> None:
    assert not of(folder, "elsewhere")


def test_one_that_was_killed_after_its_commit_takes_the_old_packs_away_in_the_next_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, found = pack_path(folder, 1), of(folder, "theirs")

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".pack":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            forget(folder, found)
    assert old.exists()
    forget(folder, of(folder, "theirs"))
    assert not old.exists()
    assert THEIRS not in all_bytes(folder)


def test_answers_to_calls_go_that_name_their_ids_and_no_others(folder: Path) -> None:
    with Writer(folder) as store:
        store.record(
            [
                Entry(CALL, "search page 1", "", "ok", True, b'{"photo": [{"id": "53412345678"}]}'),
                Entry(CALL, "search page 2", "", "ok", True, b'{"photo": [{"id": "53499999999"}]}'),
                Entry(CALL, "info 53412345678", "", "gone", True),
            ]
        )
    forget(folder, going(folder, (), lambda text: text == "53412345678"))
    left = all_bytes(folder)
    assert b"53412345678" not in left
    assert b"53499999999" in left


def test_what_a_photo_cost_is_forgotten_with_it(folder: Path) -> None:
    (sha256,) = of(folder, "theirs").hashes
    Costly(folder).note(sha256, seconds=1, mb=1)
    forget(folder, of(folder, "theirs"))
    assert not Costly(folder).known(sha256, seconds=1, mb=1)
