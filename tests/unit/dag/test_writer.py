"""What a killed DVC leaves behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from popularity.dag.writer import DVC_USERS, forget_dead_users


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where DVC lists who uses which file."""
    monkeypatch.chdir(tmp_path)
    DVC_USERS.parent.mkdir(parents=True)
    return DVC_USERS


def listed(pid: int) -> str:
    return json.dumps({"write": {"data/posts": {"pid": pid, "cmd": "dvc repro"}}, "read": {}})


def test_a_list_of_dead_users_is_forgotten(users: Path) -> None:
    own = listed(os.getpid())  # this process got the number of a killed DVC
    for content in (b"", b"\0\0", b"\xff\xfe{", b'{"write": {"da', own.encode()):
        users.write_bytes(content)
        forget_dead_users()
        assert not users.exists()
    forget_dead_users()


@pytest.mark.parametrize("command", [["dvc/__main__.py"], ["-c", "input()", "-m", "popularity.dag"]])
def test_a_living_dvc_stays_on_the_list(users: Path, tmp_path: Path, command: list[str]) -> None:
    script = tmp_path / "dvc/__main__.py"
    script.parent.mkdir()
    script.write_text("input()")
    with subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE) as process:
        users.write_text(listed(process.pid))
        forget_dead_users()
        assert users.exists()
        process.kill()
