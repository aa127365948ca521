"""Which night of the demo world comes next."""

import json
from pathlib import Path

import pytest

from flows.night import main, numbers, sum_up
from kit.nights import ORDINARY, QUARANTINED, STRANGERS, write_three_nights
from kit.project import lay_out, set_param


def test_a_night_that_was_refused_or_interrupted_is_not_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert numbers() == []
    crawl = {"source": "smp", "path": "data/raw/night-001"}
    set_param(tmp_path, "batches.night-001", crawl)
    set_param(tmp_path, "batches.other-004", crawl)
    for folder in ("data/quarantine/night-002", "data/inbox/night-003", "data/inbox/.night-005.77.tmp"):
        (tmp_path / folder).mkdir(parents=True)
    assert sorted(numbers()) == [1, 2, 3]


def test_a_week_ends_with_a_row_a_night_and_the_latest_nights_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    write_three_nights()
    sum_up([ORDINARY, QUARANTINED, STRANGERS])
    *table, last = capsys.readouterr().out.splitlines()
    rows = [line.strip() for line in table if "night-" in line]
    assert [row.split()[:3] for row in rows] == [
        ["night-001", "ok", "300"],
        ["night-002", "stop", "-"],
        ["night-003", "retrain", "287"],
    ]
    assert rows[2].endswith("The share of posts from unseen users is 4...")
    assert max(map(len, table)) <= 80
    assert json.loads(last)["batch"] == "night-003"


def test_an_event_that_there_is_not_stops_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["night", "--event", "tag_fashon"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "did you mean 'tag_fashion'?" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []
