"""What a stage leaves of itself in .work/marks/, in processes of their own, as DVC starts them."""

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from popularity import paths
from popularity.marks import Mark, read_mark

STAGE = "ingest@night-001"
SCRIPT = """\
import os, sys
from popularity.errors import UserError
from popularity.marks import read_mark, run
def main():
    mark = read_mark(os.environ.get("DVC_STAGE", ""))
    print("running:", mark is not None and mark.ended is None)
    {end}
run(main)
"""


@pytest.fixture(autouse=True)
def current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run_script(end: str, stage: str | None = STAGE) -> "subprocess.CompletedProcess[str]":
    """A stage that ends so, started as DVC would start this one."""
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    if stage is not None:
        environment["DVC_STAGE"] = stage
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(end=end)], env=environment, capture_output=True, text=True
    )


def mark_of(end: str) -> tuple[Mark, int]:
    done = run_script(end)
    assert done.stdout == "running: True\n"
    mark = read_mark(STAGE)
    assert mark is not None
    assert datetime.fromisoformat(mark.started).tzinfo is not None
    return mark, done.returncode


def test_a_stage_that_ended_says_when() -> None:
    mark, code = mark_of("pass")
    assert code == 0
    assert mark.ended is not None
    assert mark.started <= mark.ended
    assert (mark.problem, mark.next_step) == (None, None)
    assert [path.name for path in paths.MARKS.iterdir()] == [f"{STAGE}.json"]


def test_a_stage_that_refused_says_why_and_what_next() -> None:
    mark, code = mark_of("raise UserError('no words\\n  in é.csv', next_step='write some')")
    assert code == 2
    assert mark.ended is not None
    assert (mark.problem, mark.next_step) == ("no words\n  in é.csv", "write some")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("raise OSError('out of luck')", 1),
        ("sys.exit(2)", 2),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
    ],
)
def test_a_stage_that_crashed_or_was_killed_never_ended(end: str, code: int) -> None:
    mark, ended_with = mark_of(end)
    assert ended_with == code
    assert (mark.ended, mark.problem) == (None, None)


def test_a_later_start_replaces_what_an_earlier_one_said() -> None:
    run_script("raise UserError('no words', next_step='write some')")
    assert mark_of("pass")[0].problem is None


def test_a_stage_that_dvc_did_not_start_leaves_no_mark() -> None:
    done = run_script("raise UserError('no words', next_step='write some')", stage=None)
    assert (done.returncode, done.stderr) == (2, "error: no words\n  next: write some\n")
    assert not paths.MARKS.exists()


@pytest.mark.parametrize("number", ["ENOSPC", "EDQUOT", "EROFS", "EACCES"])
def test_what_the_machine_forbids_ends_in_a_line_and_is_no_refusal_of_the_input(number: str) -> None:
    end = f"import errno; raise OSError(errno.{number}, os.strerror(errno.{number}), '.work/big')"
    mark, code = mark_of(end)
    assert (code, mark.ended, mark.problem) == (2, None, None)
    lines = run_script(end).stderr.splitlines()
    assert [line.startswith(start) for line, start in zip(lines, ("error: ", "  next: "), strict=True)] == [True, True]
    assert ".work" in lines[0]


def test_a_stage_s_temporary_files_lie_in_the_project(tmp_path: Path) -> None:
    done = run_script("import tempfile; print(tempfile.gettempdir())")
    assert Path(done.stdout.splitlines()[-1]).parent == tmp_path / paths.WORK
    assert [path.name for path in paths.WORK.iterdir()] == [paths.MARKS.name]
