"""Alerts as lines of a file."""

import json
from pathlib import Path

import pytest

from kit.alert_servers import alert
from popularity.alerting.sending import NotSentError
from popularity.alerting.to_file import append


def test_each_alert_is_a_line_of_json_once(tmp_path: Path) -> None:
    file = tmp_path / "here/alerts.jsonl"
    append(file, alert())
    append(file, alert(name="night-003.ok", subject="night-003: ok", batch="night-003", verdict="ok", lines=()))
    append(file, alert())  # as after a kill between the line and its mark
    first, second = map(json.loads, file.read_text().splitlines())
    assert first.pop("at").endswith("+00:00")
    assert first == {
        "id": "night-002.stop.0a1b",
        "kind": "verdict",
        "batch": "night-002",
        "verdict": "stop",
        "subject": "photo-popularity, night-002: stop",
        "lines": ["stop: Gate, critical: avgview: 291 rows.", "page: reports/batches/night-002.html"],
    }
    assert (second["id"], second["lines"]) == ("night-003.ok", [])


def test_a_line_that_a_kill_cut_off_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    append(file, alert(name="night-001.ok"))
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"id": "night-002.stop.0a1b", "at')
    append(file, alert())
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == ["night-001.ok", "night-002.stop.0a1b"]


def test_a_place_that_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotSentError, match="Is a directory"):
        append(tmp_path, alert())
