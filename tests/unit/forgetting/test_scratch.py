"""What .work/ keeps of people."""

from pathlib import Path

import pytest

from popularity import paths
from popularity.files import write_json
from popularity.forgetting.scratch import scratch_steps
from popularity.forgotten import Forgotten


def test_projects_that_a_killed_run_of_the_papers_tables_left_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    left = paths.WORK / f".{paths.PAPER_TABLES.name}.123.tmp"
    write_json(left / "data/posts/set.json", {"pid": 5})
    write_json(paths.WORK / "other/kept.json", {})
    (step,) = scratch_steps([], Forgotten(b"").adding(posts=[5]))
    assert step.place == str(left)
    step.do()
    assert not left.exists()
    assert (paths.WORK / "other/kept.json").exists()
