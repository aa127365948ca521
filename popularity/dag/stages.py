"""The current project's DAG as DVC sees it: which stages there are, in order, and what running one of them did.

DVC runs in a process of its own for each question.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any

from popularity import paths
from popularity.dag.api import Outcome
from popularity.dag.terminal import run_and_keep
from popularity.dag.writer import forget_dead_users, one_writer
from popularity.errors import UserError
from popularity.files import read_json
from popularity.marks import failed_stages, forget_marks, read_mark

SHOWN = 5
"""Lines of a failed stage's output that its error shows: the end, where the reason is."""


@dataclass(frozen=True)
class StageRun:
    """One stage of one run. rows_in, rows_out: as its metrics count them, None where they count none."""

    stage: str
    outcome: Outcome
    seconds: float
    rows_in: int | None
    rows_out: int | None


class StageError(RuntimeError):
    """DVC or a stage failed; the text is the reason that DVC gives and the last lines of what was printed."""

    def __init__(self, problem: str, printed: str = "") -> None:
        super().__init__("\n".join([problem, *[line for line in printed.splitlines() if line.strip()][-SHOWN:]]))
        self.problem, self.printed = problem, printed


class StageRefusedError(StageError, UserError):
    """A stage refused its input, or DVC the project, for the reason and with the next step that is given."""

    def __init__(self, problem: str, *, next_step: str) -> None:
        UserError.__init__(self, problem, next_step=next_step)


def stages_in_order() -> list[str]:
    """Names of all stages, each after those that it depends on. Files that `dvc add` tracks are no stages.

    Raises StageError when DVC cannot read the DAG.
    """
    names: list[str] = _ask("order", show=False)
    return names


def status(targets: Sequence[str], *, with_deps: bool = False) -> dict[str, Any]:
    """What DVC finds changed of these stages, and with_deps of those before them: name of a stage -> its changes.

    Raises StageError when DVC cannot tell.
    """
    changes: dict[str, Any] = _ask("status", targets=list(targets), with_deps=with_deps, show=False)
    return changes


def changed(stages: Sequence[str]) -> list[str]:
    """Those of the stages whose inputs or outputs DVC finds changed, in their order."""
    found = status(stages) if stages else {}
    return [stage for stage in stages if stage in found]


def run_stage(stage: str, *, force: bool = False) -> StageRun:
    """Bring one stage up to date, waiting for any other DVC; shows what it prints. force: run it whatever DVC finds.

    Raises StageRefusedError when it refuses its input, StageError when it fails otherwise.
    """
    start = time.monotonic()
    try:
        done = _ask("reproduce", targets=[stage], single_item=True, force=force)
    except StageError as failure:
        mark = read_mark(stage)
        if mark is None or mark.problem is None or mark.next_step is None:
            log = _write_log(stage, failure.printed)
            raise StageError(f"{failure.problem}; all that was printed is in {log}", failure.printed) from failure
        raise StageRefusedError(mark.problem, next_step=mark.next_step) from failure
    outcome = Outcome(done.get(stage, Outcome.UNCHANGED))
    return StageRun(stage, outcome, time.monotonic() - start, *_rows(stage))


def refuse_without_git() -> None:
    """Raises StageRefusedError where the current folder is in no git repository, and DVC has not been told so."""
    here = Path.cwd()
    if not any((folder / ".git").exists() for folder in (here, *here.parents)):
        stages_in_order()


def repro(arguments: Sequence[str]) -> int:
    """`dvc repro` with these arguments, in the terminal of this process; returns its exit code.

    Waits for a flow that is at work, and mends what a killed DVC has left. Of a stage that failed, stderr ends with its
    name and the file that holds all that was printed. Raises as `refuse_without_git`.
    """
    refuse_without_git()
    with one_writer():
        forget_marks()
        code, printed = run_and_keep([sys.executable, "-m", "dvc", "repro", *arguments], _environment())
    if code:
        for stage in failed_stages():
            print(f"stage {stage} failed; all that was printed is in {_write_log(stage, printed)}", file=sys.stderr)
    return code


def restore(stage: str) -> None:
    """Bring back the outputs that a stage wrote last, after DVC took them away to run it and it failed.

    Not its figures in metrics/, which DVC's cache does not hold. Raises StageError where the cache has lost them.
    """
    _ask("checkout", target=stage)


def accept(stages: Sequence[str]) -> None:
    """Have DVC take stages for up to date, where what changed is known to change nothing that they write.

    Raises StageError when it cannot.
    """
    _ask("accept", targets=list(stages), show=False)


def remotes() -> list[str]:
    """Names of the storages that DVC pushes to. Raises StageError when it cannot tell."""
    names: list[str] = _ask("remotes", show=False)
    return names


def track(place: Path) -> None:
    """Have DVC track a file or a folder, of which it keeps a copy. Raises StageError when it cannot."""
    _ask("add", target=place.as_posix(), show=False)


def _write_log(stage: str, printed: str) -> Path:
    log = paths.log(stage)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(printed, encoding="utf-8")
    return log


def _rows(stage: str) -> tuple[int | None, int | None]:
    """Rows in and out of a stage, as its metrics count them."""
    name, _, batch = stage.partition("@")
    path = paths.metrics(name, batch or None)
    counts = read_json(path) if path.exists() else {}
    whole = counts.get("populations", {}).get("all_posts", counts)
    return whole.get("rows_in"), whole.get("rows_out")


def _ask(function: str, *, show: bool = True, **arguments: Any) -> Any:
    """What a function of `api` returns in a process of its own; what that prints is shown as it comes, bars too."""
    forget_dead_users()
    command = [sys.executable, "-m", "popularity.dag", function, json.dumps(arguments)]
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said: list[str] = []
        listener = Thread(target=_pass_on, args=(process.stderr, said, show))
        listener.start()
        answer = process.stdout.read()
        listener.join()
    told = json.loads(answer) if answer else {"problem": f"DVC ended with {process.returncode}"}
    if told.get("next_step"):
        raise StageRefusedError(told["problem"], next_step=told["next_step"])
    if "problem" in told:
        raise StageError(told["problem"], "".join(said))
    return told["value"]


def _environment() -> dict[str, str]:
    here = Path(sys.executable).parent  # `cmd: python` shall be this Python
    return {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}"}


def _pass_on(stream: IO[bytes], said: list[str], show: bool) -> None:
    while part := os.read(stream.fileno(), 65_536):
        said.append(part.decode(errors="replace"))
        if show:
            sys.stderr.write(said[-1])
