"""The mark that a stage leaves of itself when DVC runs it, in .work/marks/: DVC does not tell what a stage did.

No stage reads or declares a mark. One that DVC brings back from its cache leaves none.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from popularity import errors, paths
from popularity.errors import MachineError, UserError
from popularity.files import read_json, telling, temporary_files_in, write_json

STAGE = "DVC_STAGE"
"""The environment variable in which DVC tells a command the name of its stage."""


@dataclass(frozen=True)
class Mark:
    """What became of the last start of a stage. Times are ISO 8601, UTC.

    ended: None while it runs, and for ever where it crashed or was killed. problem, next_step: of a UserError.
    """

    started: str
    ended: str | None = None
    problem: str | None = None
    next_step: str | None = None


def run(main: Callable[[], None]) -> None:
    """Run a stage's main as `errors.run` does, and leave its mark where DVC has started it.

    Its temporary files lie in .work/.
    """
    stage = os.environ.get(STAGE)
    errors.run(lambda: _in_project(main) if stage is None else _run_marked(main, stage))


def read_mark(stage: str) -> Mark | None:
    """The mark of a stage's last start; None where there is none."""
    path = paths.mark(stage)
    if not path.exists():
        return None
    with telling(path):
        return Mark(**read_json(path))


def forget_marks() -> None:
    """Drop the marks of all stages, so that those that are there later are of starts since."""
    for mark in paths.MARKS.glob("*.json"):
        mark.unlink(missing_ok=True)


def failed_stages() -> list[str]:
    """The stages whose last start has crashed, was killed or refused its input."""
    marks = {path.stem: read_mark(path.stem) for path in sorted(paths.MARKS.glob("*.json"))}
    return [stage for stage, mark in marks.items() if mark and (mark.ended is None or mark.problem is not None)]


def _in_project(main: Callable[[], None]) -> None:
    with temporary_files_in(paths.WORK):
        main()


def _run_marked(main: Callable[[], None], stage: str) -> None:
    mark = Mark(started=_now())
    _write(stage, mark)
    try:
        _in_project(main)
    except MachineError:  # no reason to refuse the input for
        raise
    except UserError as error:
        _write(stage, replace(mark, ended=_now(), problem=error.problem, next_step=error.next_step))
        raise
    _write(stage, replace(mark, ended=_now()))


def _write(stage: str, mark: Mark) -> None:
    write_json(paths.mark(stage), asdict(mark))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
