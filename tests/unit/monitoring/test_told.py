"""What monitor says of every night, whatever is new."""

from pathlib import Path

import pytest

from kit.nights import ORDINARY
from popularity import paths
from popularity.files import write_json
from popularity.monitoring.history import NightRecord
from popularity.monitoring.told import LATEST, verdict_lines
from popularity.settings import Answer


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def night(number: int, verdict: Answer = "ok", *, labels: str | None = None, **files: str) -> NightRecord:
    """A night on record. files: of its labels, what was found of each."""
    batch = f"night-{number:03}"
    judged = [{"file": f"{name}.csv", "sha256": "", "answer": found, "sentence": ""} for name, found in files.items()]
    if judged:
        write_json(paths.judged_labels(batch), judged)
    day = f"2016-03-01T00:00:{number % 60:02}+00:00" if number < 60 else f"2016-03-02T00:{number // 60:02}:00+00:00"
    return ORDINARY.model_copy(update={"batch": batch, "verdict": verdict, "crawled": day, "labels": labels})


def test_each_night_is_told_with_what_was_found_of_its_labels() -> None:
    nights = [night(3), night(2, "watch", views="ok", more="stop"), night(1, labels="5f")]
    assert verdict_lines(nights, {"night-002": "v0001 lacks it"}) == [
        "night-001: ok; labels: of the crawl",
        "night-002: watch; labels: views.csv ok, more.csv stop; not compared: v0001 lacks it",
        "night-003: ok; labels: none yet",
    ]


def test_of_many_nights_the_latest_are_told_and_the_others_counted() -> None:
    nights = [night(n, "watch" if n % 4 == 0 else "ok", views="stop" if n == 9 else "ok") for n in range(1, 401)]
    first, *lines = verdict_lines(nights, {"night-001": "v0001 lacks it"})
    assert first == "390 earlier nights: 293 ok, 97 watch; labels: 389 ok, 1 stop; 1 not compared"
    assert len(lines) == LATEST
    assert lines[-1] == "night-400: watch; labels: views.csv ok"


def test_without_nights_nothing_is_told() -> None:
    assert verdict_lines([], {}) == []
