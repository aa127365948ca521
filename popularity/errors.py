"""What a user did wrong, with the next step to take."""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from popularity.printing import printable, say, shortened

SCREEN = 1500
"""Characters of a message: more pass out of sight."""

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


class UserError(Exception):
    """Something the user can fix: bad input, a missing file, a setting out of range.

    problem: what is wrong, naming the file, row and column where there is one; as it may be printed, a screen at most.
    next_step: what to do about it, as an instruction.
    """

    def __init__(self, problem: str, *, next_step: str) -> None:
        super().__init__(problem)
        self.problem = shortened(printable(problem), SCREEN)
        self.next_step = shortened(printable(next_step), SCREEN)

    def __str__(self) -> str:
        return f"{self.problem}\n  next: {self.next_step}"


class MachineError(UserError):
    """Something that the user can fix, and that is no fault of the input: a full disk, rights."""


def nearest(name: str, known: Iterable[str]) -> str:
    """What to add to a message about a name that is not known: "; did you mean 'demo'?", or "" where none is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def run(main: Callable[[], None]) -> None:
    """Run a stage's main; a UserError is printed on stderr and ends the process with exit code 2.

    So is what the disk and the rights on it forbid.
    """
    try:
        main()
    except UserError as error:
        _end(error)
    except Exception as error:
        if (told := of_the_system(error)) is None:
            raise
        _end(told)


@contextmanager
def forbidding(what: str) -> Iterator[None]:
    """Say what a full or read-only disk, or rights, keep from being done. what: "x cannot be added", say."""
    try:
        yield
    except OSError as error:
        if (told := of_the_system(error)) is None:
            raise
        raise MachineError(f"{what}: {told.problem}", next_step=told.next_step) from error


def is_full(error: BaseException) -> bool:
    """Whether a full disk is the cause."""
    return any(isinstance(cause, OSError) and cause.errno in FULL for cause in _causes(error))


def of_the_system(error: BaseException) -> MachineError | None:
    """What a full disk, a read-only one, or rights made a call raise, in the user's terms; None of other errors."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in FULL:
            place = cause.filename or _fullest()
            free = shutil.disk_usage(Path(place).absolute().parent).free
            return MachineError(
                f"{place}: its disk is full, {free / 1e6:,.1f} MB are free",
                next_step="make room on that disk, then run this again",
            )
        if isinstance(cause, OSError) and cause.errno in FORBIDDEN and cause.filename:
            place = cause.filename2 or cause.filename
            who = (
                ""
                if cause.errno == errno.EROFS
                else f" (user {os.getuid()}; in a container UID and GID of .env say who)"
            )
            return MachineError(
                f"{place}: {cause.strerror}", next_step=f"make it writable for you{who}, or work in a copy"
            )
    return None


def _fullest() -> str:
    """Of the two places that are written to without a name: the current folder, and that of temporary files."""
    places = (tempfile.gettempdir(), str(Path.cwd()))
    return min(places, key=lambda place: shutil.disk_usage(place).free)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _end(error: UserError) -> None:
    say(f"error: {error}", err=True)
    sys.exit(2)
