"""What DVC prints, read right, and what a killed DVC leaves behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.dag import DVC_USERS, Outcome, StageError, StageRefusedError, failure_of, forget_dead_users, outcome_of

REFUSAL = """\
Running stage 'ingest@night-001':
> python -m stages.ingest night-001
ingest:   0%|          | 0/1 [00:00<?, ?file/s]
error: posts of night-001 breaks critical rules:
  at_least on column avgview: 60 rows
  next: mend the crawl
ERROR: failed to reproduce 'ingest@night-001': failed to run: python -m stages.ingest night-001, exited with {code}
"""


@pytest.mark.parametrize(
    ("stdout", "outcome"),
    [
        ("Running stage 'train_rf':\n> python -m stages.train_rf\nUpdating lock file 'dvc.lock'\n", Outcome.EXECUTED),
        ("Stage 'train_rf' is cached - skipping run, checking out outputs\n", Outcome.RESTORED),
        ("Stage 'train_rf' didn't change, skipping\nData and pipelines are up to date.\n", Outcome.UNCHANGED),
    ],
)
def test_outcome_is_read_from_dvcs_lines(stdout: str, outcome: Outcome) -> None:
    assert outcome_of(stdout) == outcome


def test_a_refusal_is_told_with_its_reason_and_next_step() -> None:
    failure = failure_of("ingest@night-001", REFUSAL.format(code=2))
    assert isinstance(failure, StageRefusedError)
    assert failure.problem == "posts of night-001 breaks critical rules:\n  at_least on column avgview: 60 rows"
    assert failure.next_step == "mend the crawl"


@pytest.mark.parametrize(
    "output",
    [
        *(REFUSAL.format(code=code) for code in (1, -9, 20, 255)),
        "ERROR: failed to reproduce 'ingest@night-001': failed to run: python -m stages.ingest, exited with 2\n",
    ],
)
def test_whatever_else_ends_a_stage_is_a_crash(output: str) -> None:
    failure = failure_of("ingest@night-001", output)
    assert type(failure) is StageError
    assert "exited with" in str(failure)


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where DVC lists who uses which file."""
    monkeypatch.chdir(tmp_path)
    DVC_USERS.parent.mkdir(parents=True)
    return DVC_USERS


def listed(pid: int) -> str:
    return json.dumps({"write": {"data/posts": {"pid": pid, "cmd": "dvc repro"}}, "read": {}})


def test_a_list_of_dead_users_is_forgotten(users: Path) -> None:
    for text in ("", '{"write": {"da', listed(os.getpid())):  # this process got the number of a killed DVC
        users.write_text(text)
        forget_dead_users()
        assert not users.exists()
    forget_dead_users()


def test_a_living_dvc_stays_on_the_list(users: Path, tmp_path: Path) -> None:
    script = tmp_path / "dvc/__main__.py"
    script.parent.mkdir()
    script.write_text("input()")
    with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE) as process:
        users.write_text(listed(process.pid))
        forget_dead_users()
        assert users.exists()
        process.kill()
