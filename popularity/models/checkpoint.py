"""The state of a training between two epochs, on disk: a NumPy archive, written whole or not at all, no pickle."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from popularity.files import replacing

Arrays = dict[str, list[npt.NDArray[Any]]]
"""Values of variables in their order, by what they belong to."""


def write_checkpoint(file: Path, epoch: int, state: Arrays) -> None:
    """Write the state after so many finished epochs; it replaces an earlier one."""
    arrays = {f"{name}/{number:05d}": value for name, values in state.items() for number, value in enumerate(values)}
    with replacing(file) as temporary, temporary.open("wb") as out:
        np.savez(out, allow_pickle=False, epoch=np.int64(epoch), **arrays)


def read_checkpoint(file: Path) -> tuple[int, Arrays] | None:
    """Finished epochs and the state after them; None without a whole checkpoint, which costs time alone."""
    if not file.exists():
        return None
    state: Arrays = {}
    try:
        with file.open("rb") as content, np.load(content, allow_pickle=False) as arrays:
            epoch = int(arrays["epoch"])
            for key in sorted(set(arrays.files) - {"epoch"}):
                state.setdefault(key.split("/")[0], []).append(arrays[key])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        tqdm.write(f"{file} is no whole checkpoint, the fit starts anew: {error}")
        return None
    return epoch, state
