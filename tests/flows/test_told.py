"""What the flow monitor says of each night where nothing is new."""

from pathlib import Path

import pytest

from kit.nights import write_three_nights
from kit.project import lay_out, set_param

pytestmark = pytest.mark.slow


def test_a_run_without_news_tells_each_nights_verdict(
    server: None, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.monitor import monitor

    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    batches = {name: {"source": "smp", "path": f"data/raw/{name}"} for name in ("night-001", "night-003")}
    set_param(tmp_path, "demo.batches", [])
    set_param(tmp_path, "batches", batches)
    write_three_nights()
    assert monitor() == []
    assert told == ["night-001: ok; labels: of the crawl", "night-003: retrain; labels: none yet"]
