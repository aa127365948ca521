"""Which night of the demo world comes next."""

from pathlib import Path

import pytest

from flows.night import numbers
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
