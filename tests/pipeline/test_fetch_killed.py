"""fetch, killed by SIGKILL at random moments and run again, asks for nothing whose answer it recorded, and ends in the
same tables as a run that nobody disturbed."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.photo_server import PhotoServer, Says, photo, serving, write_crawl
from kit.small_nights import start
from kit.small_project import Project, lay_out_code
from popularity import paths
from popularity.posts import read_table
from popularity.store.entries import Kind
from popularity.store.store import Store

CONCURRENCY = 8
OUTCOME = ("data/answers", "data/links", "data/photos", "metrics")
DELAY_S = 0.02
"""Of each answer, so that at most CONCURRENCY / DELAY_S come in a second."""


def answers(number: int) -> dict[str, Says]:
    """Photos, one in ten gone and one in ten busy; every eleventh is the one before it again."""
    return {
        f"/{n}": Says(404) if n % 10 == 3 else Says(503) if n % 10 == 7 else Says(body=photo(n - n % 11 // 10, side=16))
        for n in range(number)
    }


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project without a crawl."""
    project = lay_out_code(tmp_path_factory.mktemp("killed") / "project")
    project.set_param("demo.batches", [])
    project.set_param("fetch.concurrency", CONCURRENCY)
    project.set_param("fetch.tries", 1)  # what is to be tried again is not recorded before that
    (project.folder / paths.WORK).mkdir()
    return project


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[PhotoServer]:
    with serving(answers(request.param), DELAY_S) as server:
        yield server


@pytest.fixture
def project(laid_out: Project, server: PhotoServer, tmp_path: Path) -> Project:
    """A project whose crawl is read and not yet followed."""
    return crawled(laid_out, server, tmp_path)


def crawled(laid_out: Project, server: PhotoServer, tmp_path: Path) -> Project:
    project = laid_out.copied(tmp_path / "project")
    write_crawl(project.folder / "crawl", [server.at(path) for path in server.answers])
    project.set_param("batches", {"crawl": {"source": "smp", "path": "crawl"}})
    project.set_param("fetch.private_hosts", [server.host])
    project.command("stages.ingest", "crawl")
    return project


def kill(project: Project, server: PhotoServer, delay_s: float) -> None:
    """Start the stage and kill it so long after its first request."""
    asked = server.asked.total()
    process = start(project, "stages.fetch", "crawl")
    while server.asked.total() == asked and process.poll() is None:
        time.sleep(0.001)
    time.sleep(delay_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(3 * DELAY_S)  # requests that had been sent are counted


def finish(project: Project) -> dict[str, bytes]:
    for stage in ("fetch", "filter_links"):
        project.command(f"stages.{stage}", "crawl")
    return project.bytes_of(*OUTCOME)


@pytest.mark.slow
@pytest.mark.parametrize("server", [0], indirect=True)
def test_what_came_before_a_kill_is_kept_though_the_server_has_forgotten_it(
    laid_out: Project, server: PhotoServer, tmp_path: Path
) -> None:
    served, slow = [f"/{number:02}" for number in range(50)], [f"/{number}" for number in range(50, 60)]
    server.answers |= {path: Says(body=photo(int(path[1:]), side=16)) for path in served}
    server.answers |= {path: Says(delay_s=300) for path in slow}
    project = crawled(laid_out, server, tmp_path)
    for timeout in ("timeout_s", "total_timeout_s"):
        project.set_param(f"fetch.{timeout}", 300)  # what is slow is in flight when the kill comes
    process = start(project, "stages.fetch", "crawl")
    links = [server.at(path) for path in server.answers]
    try:
        until = time.monotonic() + 60
        # All that is in flight has reached the server too: what it counts later would be of this run.
        while recorded(project, links) < len(served) or server.asked.total() < len(served) + CONCURRENCY:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()

    server.answers |= {path: Says(404) for path in served}
    server.answers |= {path: Says(body=photo(int(path[1:]), side=16)) for path in slow}
    server.asked.clear()
    finish(project)
    assert server.asked == dict.fromkeys(slow, 1)
    assert read_table(project.folder / paths.links("crawl"))["alive"].tolist() == [True] * 60
    left = [file for file in (project.folder / "data").rglob("*.tmp") if file.is_file()]
    assert [*left, *(project.folder / paths.WORK).glob(".*.tmp")] == []


def recorded(project: Project, links: list[str]) -> int:
    """How many of these links have an answer in the project's store."""
    with Store(project.folder / paths.FETCHED) as store:
        return len(store.answers(Kind.PHOTO, links))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "kills"),
    [pytest.param(600, 3, id="3"), pytest.param(3000, 20, id="20", marks=pytest.mark.long)],
    indirect=["server"],
)
def test_a_killed_fetch_asks_again_for_what_was_in_flight_alone(
    project: Project, server: PhotoServer, kills: int, tmp_path: Path
) -> None:
    undisturbed = project.copied(tmp_path / "undisturbed")
    expected = finish(undisturbed)
    assert set(server.asked.values()) == {1}
    server.asked.clear()

    draw = random.Random(kills)
    cut_short = 0
    whole = len(server.answers) * DELAY_S / CONCURRENCY
    for number in range(kills):
        before: Counter[str] = server.asked.copy()
        kill(project, server, draw.uniform(0, whole / kills))
        again = (server.asked - before).keys() & before.keys()
        assert len(again) <= (CONCURRENCY if number else 0)
        cut_short += len(server.asked) < len(server.answers)
    assert cut_short == kills  # no kill came too late
    assert finish(project) == expected
    assert set(server.asked) == set(server.answers)
    assert server.asked.total() - len(server.answers) <= kills * CONCURRENCY
    print(f"{kills} kills: {server.asked.total() - len(server.answers)} requests made twice")
    assert set(read_table(project.folder / paths.answers("crawl"))["outcome"]) == {
        "ok", "http status 404", "http status 503",
    }  # fmt: skip
