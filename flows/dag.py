"""The DAG as DVC sees it: which stages there are, in order, and what running one of them did."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from graphlib import TopologicalSorter
from pathlib import Path

from filelock import FileLock

BUSY = re.compile(r"^ERROR: .*(is busy, it is being blocked by|Unable to acquire lock)", re.MULTILINE | re.DOTALL)
RETRY_S = 2.0
SHOWN = 2_000
"""Characters of a failed stage's output that its error shows: the end, where the reason is."""


class Outcome(StrEnum):
    """What `dvc repro` did about a stage."""

    EXECUTED = "executed"
    RESTORED = "restored from the cache"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class StageRun:
    """One stage of one run."""

    stage: str
    outcome: Outcome
    seconds: float


class StageError(RuntimeError):
    """A stage failed; the text is the end of what it printed."""


@contextmanager
def one_writer(project: Path) -> Iterator[None]:
    """Hold the project: two DVC processes never run in one checkout, so a second flow waits here."""
    lock = project / ".work" / "dvc.lock"
    lock.parent.mkdir(exist_ok=True)
    with FileLock(lock):
        yield


def stages_in_order(project: Path) -> list[str]:
    """Names of all stages, each after those that it depends on. Files that `dvc add` tracks are no stages.

    Raises StageError when DVC cannot read the DAG.
    """
    code, dot = _dvc(project, "dag", "--dot", show=False)
    if code:
        raise StageError(f"dvc.yaml cannot be read:\n{dot[-SHOWN:]}")
    graph: dict[str, set[str]] = {name: set() for name in re.findall(r'^\s*"([^"]+)";', dot, re.MULTILINE)}
    for before, after in re.findall(r'^\s*"([^"]+)" -> "([^"]+)";', dot, re.MULTILINE):
        graph.setdefault(after, set()).add(before)
    return [name for name in TopologicalSorter(graph).static_order() if not name.endswith(".dvc")]


def run_stage(project: Path, stage: str) -> StageRun:
    """Bring one stage up to date, waiting for any other DVC; shows what it prints. Raises StageError when it fails."""
    start = time.monotonic()
    code, output = _dvc(project, "repro", "--single-item", stage)
    while code and BUSY.search(output):
        time.sleep(RETRY_S)
        code, output = _dvc(project, "repro", "--single-item", stage)
    if code:
        raise StageError(f"{stage} failed:\n{output[-SHOWN:]}")
    return StageRun(stage, outcome_of(output), time.monotonic() - start)


def outcome_of(output: str) -> Outcome:
    """What DVC's lines say that it did."""
    if re.search(r"^Running stage ", output, re.MULTILINE):
        return Outcome.EXECUTED
    if "is cached - skipping run" in output:
        return Outcome.RESTORED
    return Outcome.UNCHANGED


def _dvc(project: Path, *args: str, show: bool = True) -> tuple[int, str]:
    """Run DVC; returns its exit code and all that it printed, which is shown as it comes, progress bars too."""
    here = Path(sys.executable).parent  # `cmd: python` shall be this Python
    environment = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "dvc", *args]
    with subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        parts = []
        while part := os.read(process.stdout.fileno(), 65_536):
            parts.append(part)
            if show:
                sys.stderr.write(part.decode(errors="replace"))
    return process.returncode, b"".join(parts).decode(errors="replace")
