"""One DVC at a time in a project, and what a killed one left there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock

from popularity import paths

DVC_USERS = Path(".dvc/tmp/rwlock")
RUN_DVC = {"dvc", "popularity.dag"}
"""Programs by what their command lines name."""


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
        users = set(re.findall(rb'"pid": (\d+)', DVC_USERS.read_bytes()))
    except FileNotFoundError:
        return
    if not any(map(_runs_dvc, map(int, users))):
        DVC_USERS.unlink()


def _runs_dvc(pid: int) -> bool:
    try:
        return any(RUN_DVC & {word, *Path(word).parts} for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False
