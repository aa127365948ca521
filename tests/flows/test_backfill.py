"""Nights that lack rows of the record, and a full inbox: the end is as if each had come on its night."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kit.bundles import sign
from kit.small_nights import bring, bring_labels
from kit.small_project import Project
from popularity import paths
from popularity.files import read_json, write_json

pytestmark = pytest.mark.slow

Enter = Callable[[Project], Project]
RECORD = ("monitoring/scores", "monitoring/drift", "monitoring/nights", "monitoring/performance")


def crown_another() -> None:
    """Have a copy of the champion be the next one."""
    from popularity.registry.history import promote

    shutil.copytree(paths.champion("v0001"), paths.champion("v0002"))
    facts = paths.champion("v0002") / "bundle.json"
    write_json(facts, read_json(facts) | {"version": "v0002", "content": "1" * 64})
    sign(paths.champion("v0002"))
    promote("v0002")


def test_what_a_night_lacks_is_made_good_by_the_champion_of_then(played: Project, enter: Enter) -> None:
    from flows.backfill import backfill
    from flows.monitor import monitor
    from popularity.registry.backlog import backlog
    from popularity.settings import load_settings

    project = enter(played)
    bring_labels(project, "night-001", 1)
    monitor()
    whole = project.bytes_of(*RECORD)
    assert len(whole) == len(RECORD)
    assert backfill() == []
    crown_another()
    assert backlog(load_settings()) == []

    paths.performance("night-001").unlink()
    (one,) = backlog(load_settings())
    assert str(one) == "night-001 lacks performance by v0001"
    assert [record.batch for record in backfill()] == ["night-001"]
    assert project.bytes_of(*RECORD) == whole

    for name in whole:
        (project.folder / name).unlink()
    (one,) = backlog(load_settings())
    assert str(one) == "night-001 lacks scores, drift, performance by v0001"
    (record,) = backfill()
    assert (record.batch, record.version) == ("night-001", "v0001")
    assert project.bytes_of(*RECORD) == whole
    assert backfill() == []
    assert project.bytes_of(*RECORD) == whole


def test_a_night_that_an_older_champion_scored_is_told_and_keeps_no_run_from_its_end(
    played: Project, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.backfill import backfill
    from flows.monitor import monitor

    said: list[str] = []
    monkeypatch.setattr("flows.monitor.say", said.append)
    project = enter(played)
    crown_another()
    (paths.champion("v0001") / "reference/past.parquet").unlink()
    sign(paths.champion("v0001"))
    bring_labels(project, "night-001", 1)
    assert monitor() == []
    (told,) = [line for line in said if line.startswith("night-001: ")]
    assert "; not compared: v0001, which scored it, lacks " in told
    assert pd.read_parquet("data/labels/night-001.parquet")["label"].notna().all()
    assert backfill() == []


@pytest.mark.long
def test_crawls_that_are_taken_in_at_once_end_as_if_each_had_come_on_its_night(
    played: Project, crowned: Project, enter: Enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.backfill import backfill
    from flows.recrawl import recrawl

    apart = enter(played)
    bring(apart, "a-night", 2)
    recrawl()
    at_once = crowned.copied(tmp_path / "at-once")
    monkeypatch.chdir(at_once.folder)
    bring(at_once, "a-night", 2)
    assert [record.batch for record in backfill()] == ["night-001", "a-night"]  # by their dates, not by their names
    assert at_once.bytes_of(*RECORD, "params.yaml") == apart.bytes_of(*RECORD, "params.yaml")
    assert set(pd.read_parquet(paths.scores("a-night"))["version"]) == {"v0001"}
    assert backfill() == []
