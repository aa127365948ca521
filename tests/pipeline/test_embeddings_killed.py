"""image_embeddings, killed at random moments and run again, goes on after its last finished chunk and ends in the same
files as a run that nobody disturbed."""

import os
import random
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kit.small_nights import start
from kit.small_project import Project, lay_out_code
from kit.stored_photos import noise, write_shard
from popularity import paths
from popularity.images.chunks import CHUNK

CHUNKS = 4
PHOTOS = (CHUNKS - 1) * CHUNK + 40
STAGE = ("dvc", "repro", "--single-item", "image_embeddings@demo")
OUTCOME = ("data/embeddings", "metrics", "dvc.lock", ".work/embeddings")
KILLS = 6
"""Of the long series, at most; the default network takes no longer than a few of them to get through."""

Files = dict[Path, tuple[int, int]]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose photos are there and no embedding is."""
    project = lay_out_code(tmp_path_factory.mktemp("stored"))
    photos = noise(PHOTOS, side=64)
    for number, begin in enumerate(range(0, PHOTOS, 200)):
        some = dict(enumerate(photos[begin : begin + 200], start=begin))
        write_shard(project.folder / paths.photos("demo"), number, some)
    (project.folder / paths.WORK).mkdir()
    return project


@pytest.fixture(scope="module")
def undisturbed(stored: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """What a run leaves that nobody kills, and the seconds that it takes."""
    project = stored.copied(tmp_path_factory.mktemp("undisturbed") / "project")
    begun = time.monotonic()
    assert f"{PHOTOS} photos, {PHOTOS} distinct, 0 embedded earlier" in project.command(*STAGE)
    return outcome(project), time.monotonic() - begun


@pytest.fixture
def project(stored: Project, tmp_path: Path) -> Project:
    return stored.copied(tmp_path / "project")


def outcome(project: Project) -> dict[str, bytes]:
    """The files that count, leftovers of killed runs apart."""
    return {
        name: text for name, text in project.bytes_of(*OUTCOME).items() if not re.search(r"/\.[^/]+\.tmp(/|$)", name)
    }


def chunks(project: Project) -> Files:
    """Finished chunks, each with what changes when it is written again."""
    files = (project.folder / paths.CHUNKS).glob("*/[!.]*.npy")
    return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def stage_runs(project: Project) -> bool:
    """Whether the stage's own process is there, which then takes seconds to load the network."""
    running = psutil.process_iter(["cwd", "cmdline"])
    stages = (one.info for one in running if "stages.image_embeddings" in (one.info["cmdline"] or ()))
    return any(stage["cwd"] == str(project.folder) for stage in stages)


def kill_when(project: Project, happened: Callable[[], bool], delay_s: float, *options: str) -> Files:
    """Start the stage and kill all of its processes so long after something is seen; returns the finished chunks."""
    before = chunks(project)
    process = start(project, *STAGE, *options)
    while not happened() and process.poll() is None:
        time.sleep(0.0002)
    time.sleep(delay_s)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    after = chunks(project)
    assert before.items() <= after.items()
    print(f"killed {delay_s:.2f} s later: {len(before)} chunks before, {len(after)} after")
    return after


def half_assembled(project: Project) -> list[Path]:
    return list((project.folder / paths.EMBEDDINGS).glob(".demo.*.tmp"))


@pytest.mark.long
def test_a_run_killed_in_each_of_its_phases_goes_on_and_ends_as_one_that_was_not(
    project: Project, undisturbed: tuple[dict[str, bytes], float]
) -> None:
    draw = random.Random(1)
    assert kill_when(project, lambda: stage_runs(project), draw.uniform(0, 2)) == {}  # before the network is loaded
    for finished in (1, 2):
        left = kill_when(project, lambda n=finished: len(chunks(project)) >= n, draw.uniform(0, 1))
        assert finished <= len(left) <= CHUNKS
    for _ in range(5):  # the output is assembled in milliseconds: a kill may come too late
        left = kill_when(project, lambda: bool(half_assembled(project)), draw.uniform(0, 0.001), "--force")
        if half_assembled(project):
            break
    assert half_assembled(project)
    assert len(left) == CHUNKS
    assert f"{PHOTOS} embedded earlier" in project.command(*STAGE)
    assert chunks(project) == left
    assert outcome(project) == undisturbed[0]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_run_killed_at_random_moments_ends_as_one_that_was_not(
    project: Project, undisturbed: tuple[dict[str, bytes], float], seed: int
) -> None:
    draw = random.Random(seed)
    expected, seconds = undisturbed
    left: Files = {}
    for _ in range(KILLS):
        left = kill_when(project, lambda: True, draw.uniform(0, seconds))
    project.command(*STAGE)
    assert left.items() <= chunks(project).items()
    assert outcome(project) == expected
