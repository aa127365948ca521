import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from popularity.errors import UserError
from popularity.store import packs
from popularity.store.care import Pruner, Waste, damaged, info
from popularity.store.entries import Answer, Entry, Kind
from popularity.store.index import FILE, Index
from popularity.store.packs import pack_numbers, pack_path
from popularity.store.place import VARIABLE, store_folder
from popularity.store.store import Store, Writer


def entry(key: str, content: bytes | None = None, outcome: str = "ok", *, final: bool = True) -> Entry:
    return Entry(Kind.PHOTO, key, key, outcome, final, content, at=1_400_000_000)


def filled(folder: Path, *entries: Entry) -> Path:
    with Writer(folder) as store:
        store.record(entries)
    return folder


def bytes_of(folder: Path, key: str) -> bytes:
    with Store(folder) as store:
        (answer,) = store.answers(Kind.PHOTO, [key])
        return store.read(answer.sha256, store.places([answer.sha256])[answer.sha256])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "fetched"


def test_what_was_recorded_is_read_back(folder: Path) -> None:
    filled(folder, entry("a", b"one"), entry("b", None, "time-out", final=False))
    assert bytes_of(folder, "a") == b"one"
    with Store(folder) as store:
        found = store.answers(Kind.PHOTO, ["b", "c"])
    assert found == [Answer("b", "b", "time-out", False, "", 1_400_000_000)]


def test_a_store_that_is_not_there_knows_nothing_and_stays_so(folder: Path) -> None:
    with Store(folder) as store:
        assert store.answers(Kind.PHOTO, ["a"]) == []
    assert not folder.exists()


def test_more_keys_than_one_query_holds_are_all_found(folder: Path) -> None:
    keys = [f"http://a/{n}" for n in range(1_234)]
    filled(folder, *(entry(key, key.encode()) for key in keys))
    with Store(folder) as store:
        assert sorted(answer.key for answer in store.answers(Kind.PHOTO, keys)) == sorted(keys)


def test_the_same_bytes_are_kept_once_however_many_links_share_them(folder: Path) -> None:
    filled(folder, entry("a", b"same"), entry("b", b"same"))
    filled(folder, entry("c", b"same"), entry("d", b"other"))
    assert pack_path(folder, 1).read_bytes() == b"sameother"
    assert {bytes_of(folder, key) for key in "abc"} == {b"same"}


def test_a_pack_that_is_full_takes_no_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK_BYTES", 5)
    for key in "abcde":
        filled(folder, entry(key, key.encode() * 3))
    assert [pack_path(folder, number).stat().st_size for number in pack_numbers(folder)] == [6, 6, 3]
    assert [bytes_of(folder, key) for key in "ae"] == [b"aaa", b"eee"]


def test_a_tail_that_no_answer_names_is_cut_off(folder: Path) -> None:
    filled(folder, entry("a", b"one"))
    with pack_path(folder, 1).open("ab") as pack:
        pack.write(b"half a pho")  # a kill between the bytes and the commit
    filled(folder, entry("b", b"two"))
    assert pack_path(folder, 1).read_bytes() == b"onetwo"
    assert damaged(folder) == {}


def test_what_a_power_cut_took_of_the_last_bytes_is_forgotten_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(folder, entry("a", b"one"))
    cut_off = "import os, sys; from pathlib import Path; from popularity.store.entries import Entry, Kind;"
    cut_off += "from popularity.store.store import Writer; store = Writer(Path(sys.argv[1]));"
    cut_off += "store.record([Entry(Kind.PHOTO, key, key, 'ok', True, key.encode() * 9) for key in 'bc']); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", cut_off, str(folder)]).returncode == 9
    content = pack_path(folder, 1).read_bytes()
    pack_path(folder, 1).write_bytes(content[:-9] + bytes(9))  # named by the index, and never on the disk
    with Writer(folder) as store:
        assert sorted(answer.key for answer in store.answers(Kind.PHOTO, "abc")) == ["a", "b"]
    assert "1 files that were fetched last were lost" in capsys.readouterr().err
    assert damaged(folder) == {}


def test_a_second_writer_waits_for_the_first(folder: Path) -> None:
    code = "import sys; from pathlib import Path; from popularity.store.store import Writer; Writer(Path(sys.argv[1]))"
    with Writer(folder):
        other = subprocess.Popen([sys.executable, "-c", code, str(folder)], stderr=subprocess.PIPE, text=True)
        assert other.stderr is not None
        assert other.stderr.readline() == f"another process writes to {folder}: waiting for its end\n"
        assert other.poll() is None
    assert other.wait(20) == 0
    other.stderr.close()


@pytest.mark.parametrize("damage", ["missing", "cut off", "other bytes"])
def test_bytes_that_are_not_as_they_were_written_are_an_error_that_names_the_store(folder: Path, damage: str) -> None:
    filled(folder, entry("a", b"one"), entry("b", b"two"))
    pack = pack_path(folder, 1)
    if damage == "missing":
        pack.unlink()
    else:
        pack.write_bytes(b"one" if damage == "cut off" else b"onetwO")
    with pytest.raises(UserError, match=f"the store {folder} is not whole") as told:
        bytes_of(folder, "b")
    assert f"bring {folder} back" in told.value.next_step
    assert len(damaged(folder)) == (2 if damage == "missing" else 1)


def test_a_writer_goes_on_beside_a_damaged_pack_and_touches_it_not(folder: Path) -> None:
    filled(folder, entry("a", b"one"))
    pack_path(folder, 1).write_bytes(b"o")
    filled(folder, entry("b", b"two"))
    assert pack_path(folder, 1).read_bytes() == b"o"
    assert bytes_of(folder, "b") == b"two"


def test_packs_that_are_away_for_a_moment_lose_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK_BYTES", 3)
    filled(folder, entry("a", b"one"), entry("b", b"two"))
    (folder / "packs").rename(folder / "away")
    with Store(folder) as store:
        assert store.is_settled
    with pytest.raises(UserError, match=r"2 of its packs are missing, the first .*000001\.pack") as told:
        Writer(folder)
    assert f"bring {folder} back" in told.value.next_step
    assert "popularity store prune" in told.value.next_step
    with Pruner(folder) as pruner:  # looks, and takes nothing away unless told to
        assert (len(pruner.waste(set("ab")).lost), pack_numbers(folder)) == (2, [3])
    shutil.rmtree(folder / "packs")
    (folder / "away").rename(folder / "packs")
    filled(folder, entry("c", b"six"))
    assert {key: bytes_of(folder, key) for key in "abc"} == {"a": b"one", "b": b"two", "c": b"six"}


def test_prune_gives_up_a_pack_that_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK_BYTES", 3)
    filled(folder, entry("a", b"one"), entry("b", b"two"))
    pack_path(folder, 2).unlink()
    with Pruner(folder) as pruner:
        pruner.prune(pruner.waste(set("ab")))
    with Writer(folder) as store:
        assert [answer.key for answer in store.answers(Kind.PHOTO, "ab")] == ["a"]
    assert damaged(folder) == {}


def test_packs_without_their_index_are_not_written_over(folder: Path) -> None:
    filled(folder, entry("a", b"one"))
    (folder / FILE).unlink()
    with pytest.raises(UserError, match=r"index\.sqlite is missing"):
        Writer(folder)
    assert pack_path(folder, 1).read_bytes() == b"one"
    for look in (info, damaged):
        with pytest.raises(UserError, match=r"index\.sqlite is missing"):
            look(folder)
    with pytest.raises(UserError, match=r"index\.sqlite is missing"):  # and not a lock that the first kept
        Writer(folder)


def test_a_store_that_is_not_there_is_not_called_whole(folder: Path) -> None:
    with pytest.raises(UserError, match=f"{folder} holds no store"):
        damaged(folder)


def test_a_store_of_answers_without_bytes_is_whole(folder: Path) -> None:
    assert damaged(filled(folder, entry("a", None, "http status 404"))) == {}


def test_bytes_that_were_damaged_are_kept_anew_when_they_come_again(folder: Path) -> None:
    filled(folder, entry("a", b"one"), entry("b", b"two"))
    pack_path(folder, 1).write_bytes(b"onetwO")
    filled(folder, entry("c", b"two"))
    assert damaged(folder) == {}
    assert {key: bytes_of(folder, key) for key in "abc"} == {"a": b"one", "b": b"two", "c": b"two"}


def test_an_index_that_is_no_database_is_an_error_that_names_it(folder: Path) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(b"what is this?" * 100)
    with pytest.raises(UserError, match=r"index\.sqlite is damaged"):
        Store(folder)


def test_temporary_answers_alone_are_dropped(folder: Path) -> None:
    filled(folder, entry("a", b"one"), entry("b", None, "time-out", final=False), entry("c", None, "x", final=False))
    with Writer(folder) as store:
        assert store.drop_temporary(Kind.PHOTO, ["a", "b"]) == 1
        assert {answer.key for answer in store.answers(Kind.PHOTO, "abc")} == {"a", "c"}


def test_prune_takes_away_what_nobody_needs_and_what_is_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK_BYTES", 8)
    for key in "abcdefg":
        filled(folder, entry(key, key.encode() * 4))
    assert pack_numbers(folder) == [1, 2, 3, 4]
    pack_path(folder, 4).write_bytes(b"G" * 4)
    filled(folder, entry("h", b"aaaa"))  # as a, which goes
    needed = set("bcdefgh") - {"c", "d"}
    with Pruner(folder) as pruner:
        waste = pruner.waste(needed)
        assert (waste.keys, len(waste.lost), waste.bytes) == (["a", "c", "d"], 1, 12)
        pruner.prune(waste)
    with Store(folder) as store:
        assert sorted(answer.key for answer in store.answers(Kind.PHOTO, "abcdefgh")) == ["b", "e", "f", "h"]
    assert [bytes_of(folder, key) for key in "befh"] == [b"bbbb", b"eeee", b"ffff", b"aaaa"]
    assert not pack_path(folder, 2).exists()
    with Pruner(folder) as pruner:
        assert not pruner.waste(needed)
    assert info(folder).unnamed == 0


def test_a_prune_that_is_killed_before_its_commit_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(folder, entry("a", b"one"), entry("b", b"two"))
    with Pruner(folder) as pruner:
        monkeypatch.setattr(pruner._index, "drop_answers", lambda *args, **options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pruner.prune(Waste(["a"], [], 3))
    assert [bytes_of(folder, key) for key in "ab"] == [b"one", b"two"]
    monkeypatch.undo()
    with Pruner(folder) as pruner:
        pruner.prune(pruner.waste({"b"}))
    assert bytes_of(folder, "b") == b"two"
    assert info(folder).unnamed == 0


def test_the_store_lies_in_the_project_unless_an_absolute_path_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert store_folder() == Path("data/fetched")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert store_folder() == tmp_path
    monkeypatch.setenv(VARIABLE, "data/fetched")
    with pytest.raises(UserError, match="names another folder") as told:
        store_folder()
    assert f"{VARIABLE}={Path('data/fetched').absolute()}" in told.value.next_step


def test_a_store_that_many_open_at_the_same_time_is_made_once(tmp_path: Path) -> None:
    keys = list("abcdefgh")

    def put(folder: Path, key: str) -> None:
        index = Index(folder)
        index.put_answer(entry(key), None)
        index.close()

    for number in range(20):
        (tmp_path / str(number)).mkdir()
        with ThreadPoolExecutor(len(keys)) as threads:
            list(threads.map(put, [tmp_path / str(number)] * len(keys), keys))
        index = Index(tmp_path / str(number))
        assert list(index.keys(Kind.PHOTO)) == keys
        index.close()


VERSION_1 = """
PRAGMA journal_mode = WAL;
CREATE TABLE answers (
    kind TEXT NOT NULL, key TEXT NOT NULL,
    address TEXT NOT NULL, outcome TEXT NOT NULL, final INTEGER NOT NULL,
    sha256 BLOB,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE contents (
    sha256 BLOB PRIMARY KEY, pack INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE synced (pack INTEGER NOT NULL, end INTEGER NOT NULL);
INSERT INTO synced VALUES (1, 3);
PRAGMA user_version = 1;
"""


def of_version_1(folder: Path) -> None:
    """A store as version 1 left it, with two photos and a time-out."""
    filled(folder, entry("a", b"one"), entry("b", b"other"), entry("c", None, "time-out", final=False))
    now, old = folder / FILE, folder / "old.sqlite"
    with closing(sqlite3.connect(now)) as source, closing(sqlite3.connect(old)) as target:
        target.executescript(VERSION_1)
        target.executemany(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            source.execute("SELECT kind, key, address, outcome, final, sha256 FROM answers"),
        )
        target.executemany("INSERT INTO contents VALUES (?, ?, ?, ?)", source.execute("SELECT * FROM contents"))
        target.commit()
    for file in folder.glob(f"{FILE}*"):
        file.unlink()
    old.rename(now)


def test_a_store_of_version_1_keeps_all_and_says_no_date_of_it(folder: Path) -> None:
    of_version_1(folder)
    before = pack_path(folder, 1).read_bytes()
    with Store(folder) as store:
        found = {a.key: (a.outcome, a.final, a.at) for a in store.answers(Kind.PHOTO, "abc")}
    assert found == {"a": ("ok", True, None), "b": ("ok", True, None), "c": ("time-out", False, None)}
    assert pack_path(folder, 1).read_bytes() == before
    filled(folder, entry("d", b"new"))
    assert [bytes_of(folder, key) for key in "abd"] == [b"one", b"other", b"new"]
    with Store(folder) as store:
        assert [a.at for a in store.answers(Kind.PHOTO, "d")] == [1_400_000_000]


def test_many_processes_may_bring_one_store_to_the_version_of_today(folder: Path) -> None:
    of_version_1(folder)
    with ThreadPoolExecutor(8) as pool:
        indexes = list(pool.map(lambda _: Index(folder), range(8)))
    for index in indexes:
        assert {a.key for a in index.answers(Kind.PHOTO, "abc")} == {"a", "b", "c"}
        index.close()


def test_a_store_of_version_1_that_nobody_can_write_to_is_read_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_version_1(folder)
    before = (folder / FILE).read_bytes()
    monkeypatch.setattr("popularity.store.index.os.access", lambda *_: False)
    with Store(folder) as store:
        assert {a.key: a.at for a in store.answers(Kind.PHOTO, "abc")} == {"a": None, "b": None, "c": None}
    assert (folder / FILE).read_bytes() == before


def test_an_answer_is_dated_when_it_comes_unless_somebody_says_when(folder: Path) -> None:
    before = int(time.time())
    filled(folder, Entry(Kind.CALL, "k", "k", "ok", True, b"{}"), Entry(Kind.CALL, "l", "l", "ok", True, at=7))
    with Store(folder) as store:
        dates = {a.key: a.at for a in store.answers(Kind.CALL, "kl")}
        assert store.keys(Kind.CALL) == ["k", "l"]
    assert dates["l"] == 7
    assert before <= (dates["k"] or 0) <= time.time()
