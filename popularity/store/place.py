"""Where the store lies: in the project, or where POPULARITY_STORE says."""

import os
from pathlib import Path

from popularity import paths
from popularity.errors import UserError

VARIABLE = "POPULARITY_STORE"


def store_folder() -> Path:
    """The store's folder, there or not. Raises UserError where the variable holds a relative path."""
    given = os.environ.get(VARIABLE)
    if not given:
        return paths.FETCHED
    if not Path(given).is_absolute():  # `dvc exp run --temp` works in another folder, where it would name another store
        raise UserError(
            f"{VARIABLE} is {given!r}, which names another folder in each one that it is read in",
            next_step=f"give an absolute path: export {VARIABLE}={Path(given).absolute()}",
        )
    return Path(given)
