"""The three verbs of `popularity crawl`, killed by SIGKILL at random moments and run again by the same command, ask for
nothing whose answer was recorded and end in the files of a crawl that nobody disturbed. The clock is the server's."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from kit.local_flickr import DAY, KEY, NOW, CountingFlickr, posts
from kit.project import lay_out, set_param
from popularity import paths
from popularity.demo.flickr import serving
from popularity.posts import LABELS, POSTS, write_table
from popularity.settings import FilePair
from popularity.sources.smp import read_crawl
from popularity.store.entries import Kind
from popularity.store.store import Store

DELAY_S = 0.01
SINCE = "2023-11-01"
VERBS = {
    "discover": ("discover", "--since", SINCE),
    "complete": ("complete", "ids.csv", "--name", "ids"),
    "revisit": ("revisit",),
}
NAMES = {"discover": "flickr-", "complete": "ids ", "revisit": "revisit-"}
"""How the names of their crawls begin."""


@pytest.fixture
def server() -> Iterator[CountingFlickr]:
    everybody = {f"{100 + user}@N00": (10 + user, 30) for user in range(40)}
    with serving(CountingFlickr(posts(150, users=40), everybody, delay_s=DELAY_S)) as running:
        assert isinstance(running, CountingFlickr)
        for id in (5010, 5100):
            running.change(id, gone="private" if id == 5010 else "deleted", gone_at=NOW + DAY)
        yield running


def laid_out(folder: Path, server: CountingFlickr) -> Path:
    folder.mkdir()
    lay_out(folder)
    for key, value in {
        "demo.batches": [],
        "batches": {},
        "crawl.flickr.endpoint": server.endpoint,
        "crawl.flickr.photos": server.address,
        "crawl.flickr.calls_per_hour": 3_600_000,
        "crawl.flickr.searches": [{"tags": ["sea"]}],
        "fetch.private_hosts": [server.host],
    }.items():
        set_param(folder, key, value)
    (folder / "ids.csv").write_text("\n".join(["pid", *map(str, server.posts)]) + "\n")
    return folder


def start(folder: Path, verb: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "FLICKR_API_KEY": KEY}
    with (folder / "out").open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "popularity", "crawl", *VERBS[verb]],
            cwd=folder, env=environment, stdout=out, stderr=out,
        )  # fmt: skip


def finish(folder: Path, verb: str, server: CountingFlickr) -> float:
    """Run the command to its end; returns how long it took from its first request on."""
    asked = server.asked.total()
    process = start(folder, verb)
    while server.asked.total() == asked and process.poll() is None:
        time.sleep(0.001)
    began = time.monotonic()
    assert process.wait() == 0, (folder / "out").read_text()
    return time.monotonic() - began


def kill(folder: Path, verb: str, server: CountingFlickr, delay_s: float) -> bool:
    """Start the command and kill it so long after its first request; returns whether that came before its end."""
    asked = server.asked.total()
    process = start(folder, verb)
    while server.asked.total() == asked and process.poll() is None:
        time.sleep(0.001)
    time.sleep(delay_s)
    process.send_signal(signal.SIGKILL)
    ended = process.wait()
    time.sleep(3 * DELAY_S)  # a request that had been sent is counted
    return ended == -signal.SIGKILL


def recorded(folder: Path, verb: str) -> set[str]:
    """The calls of a verb's crawl whose answers are in the store, without its name."""
    with Store(folder / paths.FETCHED) as store:
        return {key.partition(" ")[2] for key in store.keys(Kind.CALL) if key.startswith(NAMES[verb])}


def outcome(folder: Path) -> dict[str, tuple[bytes, int]]:
    """What a crawl leaves, with the date that a crawl is known by."""
    files = [file for place in ("data/inbox", "data/visits") for file in (folder / place).rglob("*") if file.is_file()]
    return {
        file.relative_to(folder).as_posix(): (
            file.read_bytes(), int(file.stat().st_mtime) if file.name == "COMPLETE" else 0,
        )
        for file in files
    }  # fmt: skip


def settle(folder: Path) -> None:
    """Have the discovered batch be one of the project, read by ingest."""
    inbox = next((folder / paths.INBOX).glob("flickr-*"))
    crawl = read_crawl(inbox, (FilePair(data="posts.csv"),), "log2_views")
    write_table(folder / paths.posts(inbox.name), crawl.posts, POSTS)
    write_table(folder / paths.labels(inbox.name), crawl.labels.assign(age_days=float("nan")), LABELS)
    raw = folder / paths.raw(inbox.name)
    raw.mkdir(parents=True)
    for name in ("crawl.json", "readings.csv"):
        shutil.copy(inbox / name, raw)
    set_param(folder, f"batches.{inbox.name}", {"source": "smp", "path": paths.raw(inbox.name).as_posix()})


@pytest.mark.slow
@pytest.mark.parametrize("kills", [pytest.param(2, id="6"), pytest.param(10, id="30", marks=pytest.mark.long)])
def test_a_killed_crawl_asks_for_nothing_twice_and_ends_in_the_same_files(
    server: CountingFlickr, kills: int, tmp_path: Path
) -> None:
    undisturbed, project = (laid_out(tmp_path / name, server) for name in ("undisturbed", "project"))
    draw = random.Random(kills)
    twice = hit = 0
    for verb, now in (("discover", NOW), ("complete", NOW), ("revisit", NOW + 40 * DAY)):
        server.fixed_now = now
        server.asked.clear()
        whole = 0.8 * finish(undisturbed, verb, server)
        expected: Counter[str] = server.asked.copy()
        assert set(expected.values()) == {1}

        server.asked.clear()
        for _ in range(kills):
            before, known = server.asked.copy(), recorded(project, verb)
            hit += kill(project, verb, server, draw.uniform(0, whole / kills))
            assert not (server.asked - before).keys() & known
        finish(project, verb, server)
        assert server.asked.keys() == expected.keys()
        twice += server.asked.total() - len(expected)
        assert outcome(project) == outcome(undisturbed)
        if verb == "discover":
            settle(undisturbed)
            settle(project)
    assert hit == 3 * kills  # no kill came too late
    assert twice <= 3 * kills
    print(f"{hit} kills: {twice} calls made twice")
    gone = pd.read_json(next((project / paths.VISITS).rglob("gone.json")))
    assert sorted(gone["pid"]) == [5010, 5100]
    assert left_with_the_key(tmp_path) == []


def left_with_the_key(folder: Path) -> list[Path]:
    """Files that hold it, what the command printed among them."""
    return [file for file in folder.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()]
