"""The current project's DAG as DVC sees it: which stages there are, in order, and what running one of them did."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from graphlib import TopologicalSorter
from pathlib import Path

import psutil
from filelock import FileLock

from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json

DVC_USERS = Path(".dvc/tmp/rwlock")
BUSY = re.compile(r"^ERROR: .*(is busy, it is being blocked by|Unable to acquire lock)", re.MULTILINE | re.DOTALL)
REFUSED = re.compile(r"^error: (.*?)(?=^ERROR: )", re.MULTILINE | re.DOTALL)
"""What a stage says on exit code 2, up to where DVC says that it failed."""

EXIT_2 = re.compile(r"exited with 2$", re.MULTILINE)  # and not with 255
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
    """One stage of one run. rows_in, rows_out: as its metrics count them, None where they count none."""

    stage: str
    outcome: Outcome
    seconds: float
    rows_in: int | None
    rows_out: int | None


class StageError(RuntimeError):
    """A stage failed; the text is the end of what it printed."""


class StageRefusedError(StageError, UserError):
    """A stage refused its input (exit code 2), for the reason and with the next step that it gave."""

    def __init__(self, said: str) -> None:
        problem, _, next_step = said.strip().partition("\n  next: ")
        UserError.__init__(self, problem, next_step=next_step)


@contextmanager
def one_writer() -> Iterator[None]:
    """Hold the project: two DVC processes never run in one checkout, so a second flow waits here."""
    paths.WORK.mkdir(exist_ok=True)
    with FileLock(paths.WORK / "dvc.lock"):
        forget_dead_users()
        yield


def forget_dead_users() -> None:
    """Delete DVC's list of who uses which file, unless a living DVC is on it.

    A killed one stays on it, and whatever process got its number since would be waited for for ever; a list that was
    half written when its DVC was killed stops every later one.
    """
    try:
        users = set(re.findall(r'"pid": (\d+)', DVC_USERS.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return
    if not any(map(_is_dvc, map(int, users))):
        DVC_USERS.unlink()


def _is_dvc(pid: int) -> bool:
    try:
        return any("dvc" in Path(word).parts for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def stages_in_order() -> list[str]:
    """Names of all stages, each after those that it depends on. Files that `dvc add` tracks are no stages.

    Raises StageError when DVC cannot read the DAG.
    """
    code, dot = _dvc("dag", "--dot", show=False)
    if code:
        raise StageError(f"dvc.yaml cannot be read:\n{dot[-SHOWN:]}")
    graph: dict[str, set[str]] = {name: set() for name in re.findall(r'^\s*"([^"]+)";', dot, re.MULTILINE)}
    for before, after in re.findall(r'^\s*"([^"]+)" -> "([^"]+)";', dot, re.MULTILINE):
        graph.setdefault(after, set()).add(before)
    return [name for name in TopologicalSorter(graph).static_order() if not name.endswith(".dvc")]


def changed(stages: Sequence[str]) -> list[str]:
    """Those of the stages whose inputs or outputs DVC finds changed, in their order."""
    if not stages:
        return []
    code, output = _dvc("status", "--json", *stages, show=False)
    if code:
        raise StageError(f"dvc status failed:\n{output[-SHOWN:]}")
    found = json.loads(output[output.index("{") :])
    return [stage for stage in stages if stage in found]


def run_stage(stage: str) -> StageRun:
    """Bring one stage up to date, waiting for any other DVC; shows what it prints.

    Raises StageRefusedError when it refuses its input, StageError when it fails otherwise.
    """
    start = time.monotonic()
    code, output = _dvc("repro", "--single-item", stage)
    while code and BUSY.search(output):
        time.sleep(RETRY_S)
        code, output = _dvc("repro", "--single-item", stage)
    if code:
        raise failure_of(stage, output)
    return StageRun(stage, outcome_of(output), time.monotonic() - start, *_rows(stage))


def restore(stage: str) -> None:
    """Bring back the outputs that a stage wrote last, after DVC took them away to run it and it failed.

    Not its figures in metrics/, which DVC's cache does not hold.
    """
    _dvc("checkout", "--force", stage)


def _rows(stage: str) -> tuple[int | None, int | None]:
    """Rows in and out of a stage, as its metrics count them."""
    name, _, batch = stage.partition("@")
    path = paths.metrics(name, batch or None)
    counts = read_json(path) if path.exists() else {}
    whole = counts.get("populations", {}).get("all_posts", counts)
    return whole.get("rows_in"), whole.get("rows_out")


def failure_of(stage: str, output: str) -> StageError:
    """Whether a failed stage refused its input or broke down, by what it and DVC printed."""
    refusal = REFUSED.search(output)
    if refusal and EXIT_2.search(output):
        return StageRefusedError(refusal[1])
    return StageError(f"{stage} failed:\n{output[-SHOWN:]}")


def outcome_of(output: str) -> Outcome:
    """What DVC's lines say that it did."""
    if re.search(r"^Running stage ", output, re.MULTILINE):
        return Outcome.EXECUTED
    if "is cached - skipping run" in output:
        return Outcome.RESTORED
    return Outcome.UNCHANGED


def _dvc(*args: str, show: bool = True) -> tuple[int, str]:
    """Run DVC; returns its exit code and all that it printed, which is shown as it comes, progress bars too."""
    here = Path(sys.executable).parent  # `cmd: python` shall be this Python
    environment = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "dvc", *args]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        parts = []
        while part := os.read(process.stdout.fileno(), 65_536):
            parts.append(part)
            if show:
                sys.stderr.write(part.decode(errors="replace"))
    return process.returncode, b"".join(parts).decode(errors="replace")
