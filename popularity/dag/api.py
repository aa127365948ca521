"""DVC's API in the project that is the current folder: each call waits for any other DVC and returns plain values.

DVC writes to stdout, sets up logging and has stages write where this process does: see `stages` for a process apart.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, TypeVar

from popularity import paths
from popularity.marks import forget_marks, read_mark

if TYPE_CHECKING:
    from dvc.repo import Repo

RETRY_S = 2.0
T = TypeVar("T")


class Outcome(StrEnum):
    """What DVC did about a stage."""

    EXECUTED = "executed"
    RESTORED = "restored from the cache"
    UNCHANGED = "unchanged"


class DvcError(Exception):
    """DVC did not do what it was asked; the text is its reason and the causes of that.

    next_step: what to do about it, where that is known.
    """

    next_step: str | None = None


class NoGitError(DvcError):
    """The project lies in no git repository: it was unpacked from an archive, say."""

    next_step = "`dvc config --local core.no_scm true`, then this again: DVC then does without git (or `git init`)"


def order() -> list[str]:
    """Names of all stages, each after those that it depends on. Files that `dvc add` tracks are no stages.

    Raises DvcError, as all that follow do, where DVC cannot do it.
    """

    def read(repo: "Repo") -> list[str]:
        from dvc.stage import PipelineStage

        graph = repo.index.graph
        names = {stage.addressing for stage in graph if isinstance(stage, PipelineStage)}
        needs = {stage.addressing: [other.addressing for other in graph.successors(stage)] for stage in graph}
        return [name for name in TopologicalSorter(needs).static_order() if name in names]

    return _patiently(read)


def status(targets: Sequence[str], with_deps: bool) -> dict[str, Any]:
    """What DVC finds changed: name of a stage -> its changes; of these stages, and with_deps of those before them."""

    def read(repo: "Repo") -> dict[str, Any]:
        return dict(repo.status(targets=list(targets), with_deps=with_deps))

    return _patiently(read)


def reproduce(targets: Sequence[str] = (), *, single_item: bool = False, **options: Any) -> dict[str, Outcome]:
    """Bring these stages up to date, and those before them unless single_item; without targets all.

    options: further ones of `dvc repro`, by the names of DVC's API. Returns what was done, but for stages that were
    up to date. A stage that DVC names although it left no mark came from the cache.
    """

    def run(repo: "Repo") -> dict[str, Outcome]:
        done = [s.addressing for s in repo.reproduce(targets=list(targets), single_item=single_item, **options)]
        return {stage: Outcome.EXECUTED if read_mark(stage) else Outcome.RESTORED for stage in done}

    def forget() -> None:
        if not single_item:
            forget_marks()
        for target in targets:
            paths.mark(target).unlink(missing_ok=True)

    return _patiently(run, before=forget)


def checkout(target: str) -> None:
    """Bring back the outputs that a stage wrote last."""
    _patiently(lambda repo: repo.checkout(targets=[target], force=True))


def add(target: str) -> None:
    """Have DVC track a file or a folder, of which it keeps a copy."""
    _patiently(lambda repo: repo.add(targets=[target]))


def accept(targets: Sequence[str]) -> None:
    """Take the inputs and outputs of stages, as they are now, for those of their last runs."""

    def commit(repo: "Repo") -> None:
        for target in targets:
            repo.commit(target=target, force=True)

    _patiently(commit)


def remotes() -> list[str]:
    """Names of the storages that this project pushes to."""
    return _patiently(lambda repo: sorted(repo.config.get("remote", {})))


def _patiently(call: "Callable[[Repo], T]", before: Callable[[], None] = lambda: None) -> T:
    """Call until no other DVC is in the way. before: called ahead of each try."""
    from dvc.exceptions import DvcException
    from dvc.lock import LockError
    from dvc.repo import Repo
    from dvc.scm import SCMError

    said = False
    while True:
        before()
        try:
            with Repo() as repo:
                return call(repo)
        except DvcException as error:
            causes = list(_causes(error))
            if not any(isinstance(cause, LockError) for cause in causes):
                kind = NoGitError if any(isinstance(cause, SCMError) for cause in causes) else DvcError
                raise kind(": ".join(text for cause in causes if (text := str(cause).strip()))) from error
        if not said:
            print("another DVC is at work in this project: waiting for it", file=sys.stderr)
            said = True
        time.sleep(RETRY_S)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
