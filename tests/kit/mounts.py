"""Commands that see another disk at a folder: a small one, or one that nobody can write to."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "bash", "-c")


def small_disk(folder: Path, size: str) -> str:
    """A disk of this size (64k, say) at a folder."""
    return f"mount -t tmpfs -o size={size} none {shlex.quote(str(folder))}"


def read_only(folder: Path) -> str:
    """The folder, which takes no change."""
    here = shlex.quote(str(folder))
    return f"mount --bind {here} {here} && mount -o remount,bind,ro {here}"


def run_with(
    mounts: Sequence[str], command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder with these mounts, which no other process sees. Skips where the system grants none."""
    if shutil.which("unshare") is None or subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode:
        pytest.skip("this system grants no namespace for mounts")
    script = " && ".join([*mounts, f"cd {shlex.quote(str(folder))}", shlex.join(command)])
    return subprocess.run([*NAMESPACE, script], capture_output=True, text=True, env=dict(environment))
