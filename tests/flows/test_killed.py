"""A flow whose processes are all killed, and started again: what is left is what an uninterrupted run leaves."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kit.small_nights import TIMES, bring, bring_labels, start
from kit.small_project import Project
from popularity.demo.events import Event
from popularity.files import read_json

Enter = Callable[[Project], Project]
OUTCOME = (
    "data",
    "monitoring",
    "metrics",
    "models",
    "reports/batches",
    "reports/monitoring.html",
    "params.yaml",
    "dvc.lock",
)
PASSING = r"/\.[^/]+\.tmp(/|$)|^monitoring/champions\.json$"
"""Leftovers of killed runs, and when who was promoted, which is by the clock."""
GATE = "gate: night-001 passed"
HAPPENED: dict[str, Callable[[Project], bool]] = {
    "batch added": lambda project: "night-001" in (project.folder / "params.yaml").read_text(),
    "stages half done": lambda project: (project.folder / "data/links/night-001.parquet").exists(),
    "gate passed": lambda project: GATE in (project.folder / ".work/stderr").read_text(),
    "scores written": lambda project: (project.folder / "monitoring/scores/night-001.parquet").exists(),
    "record half written": lambda project: (project.folder / "monitoring/drift/night-001.parquet").exists(),
}
"""What is seen from outside, in the order in which it happens."""
ANSWERING: dict[str, Callable[[Project], bool]] = {
    "labels judged": lambda project: (project.folder / "monitoring/performance/night-002.parquet").exists(),
    "models half trained": lambda project: "'train_image'" in (project.folder / ".work/stderr").read_text(),
    "bundle made": lambda project: (project.folder / "models/champions/v0002").exists(),
}
"""The same of an answer to labels."""


def kill_when(project: Project, happened: Callable[[Project], bool], *flow: str) -> None:
    """Start a flow and kill all of its processes as soon as something is seen."""
    (project.folder / ".work/stderr").write_text("")
    process = start(project, *flow)
    while not happened(project):
        assert process.poll() is None, (project.folder / ".work/stderr").read_text()
        time.sleep(0.0005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def assert_same(project: Project, other: Project) -> None:
    """What both hold is the same, byte for byte, leftovers of killed runs apart."""
    found, expected = (
        {name: text for name, text in one.bytes_of(*OUTCOME).items() if not re.search(PASSING, name)}
        for one in (project, other)
    )
    assert {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)} == set()
    drift = pd.read_parquet(project.folder / "monitoring/drift/night-001.parquet")
    assert not drift.duplicated(["batch", "column"]).any()


@pytest.mark.long
def test_a_night_killed_five_times_ends_as_one_that_was_not(
    crowned: Project, played: Project, enter: Enter, tmp_path: Path
) -> None:
    project = enter(crowned)
    *first, last = HAPPENED.values()
    for happened in first:
        kill_when(project, happened, "flows.recrawl")
    record = project.folder / "monitoring/nights/night-001.json"
    before = project.copied(tmp_path / "before")
    for _ in range(5):  # the record is whole milliseconds later: a kill may come too late
        kill_when(project, last, "flows.recrawl")
        if not record.exists():
            break
        shutil.rmtree(project.folder)
        before.copied(project.folder)
    assert not record.exists()
    assert last(project)
    assert start(project, "flows.recrawl").wait() == 0
    assert_same(project, played)


@pytest.mark.long
@pytest.mark.parametrize("point", HAPPENED)
def test_a_night_killed_once_ends_as_one_that_was_not(
    crowned: Project, played: Project, enter: Enter, point: str
) -> None:
    project = enter(crowned)
    kill_when(project, HAPPENED[point], "flows.recrawl")
    assert start(project, "flows.recrawl").wait() == 0
    assert_same(project, played)


@pytest.mark.long
def test_a_refusal_that_was_killed_is_finished(crowned: Project, enter: Enter) -> None:
    project = enter(crowned)
    bring(project, "night-002", 2, Event.THOUSANDS)
    before = project.bytes_of("data/raw", "params.yaml", "dvc.lock")
    record = project.folder / "data/quarantine/night-002/record.json"
    kill_when(project, lambda _: record.exists(), "flows.recrawl", "--batch", "night-002")
    assert start(project, "flows.recrawl", "--batch", "night-002").wait() == 2
    assert project.bytes_of("data/raw", "params.yaml", "dvc.lock") == before
    assert (record.parent / "crawl/posts.csv").exists()


@pytest.fixture(scope="module")
def called(played: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose second night, of new users, calls for models that know them; not to be changed."""
    project = played.copied(tmp_path_factory.mktemp("called") / "project")
    bring(project, "night-002", 2, Event.NEW_USERS)
    assert start(project, "flows.recrawl").wait() == 0
    return project


@pytest.mark.long
@pytest.mark.parametrize("point", ANSWERING)
def test_an_answer_to_labels_that_was_killed_happens_once(called: Project, enter: Enter, point: str) -> None:
    project = enter(called)
    bring_labels(project, "night-002", 2, Event.NEW_USERS, times=TIMES)
    kill_when(project, ANSWERING[point], "flows.monitor")
    assert start(project, "flows.monitor").wait() == 0
    champions = project.folder / "models/champions"
    assert {path.name for path in champions.glob("[!.]*")} == {"current", "v0001", "v0002"}
    assert (champions / "current").read_text() == "v0002\n"
    assert read_json(project.folder / "monitoring/requests/night-002.json")["state"] == "fulfilled"
    nights = read_json(project.folder / "monitoring/nights/night-002.json")
    assert start(project, "flows.monitor").wait() == 0
    assert read_json(project.folder / "monitoring/nights/night-002.json") == nights
    assert (champions / "current").read_text() == "v0002\n"
    assert not (champions / "v0003").exists()
