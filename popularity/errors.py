"""What a user did wrong, with the next step to take."""

import sys
from collections.abc import Callable


class UserError(Exception):
    """Something the user can fix: bad input, a missing file, a setting out of range.

    problem: what is wrong, naming the file, row and column where there is one.
    next_step: what to do about it, as an instruction.
    """

    def __init__(self, problem: str, *, next_step: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.problem}\n  next: {self.next_step}"


def run(main: Callable[[], None]) -> None:
    """Run a stage's main; a UserError is printed on stderr and ends the process with exit code 2."""
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
