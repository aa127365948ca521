"""Arrays of a fitted model in one file: NumPy's archive, compressed, no pickle, the same bytes for the same arrays."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity.files import replacing, telling

Arrays = dict[str, npt.NDArray[Any]]


def write_arrays(file: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write them by their names."""
    with replacing(file) as temporary, temporary.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **arrays)


def read_arrays(file: Path) -> Arrays:
    """Read what `write_arrays` wrote. Raises BrokenFileError where it is none."""
    with telling(file), np.load(file, allow_pickle=False) as archive:
        return dict(archive.items())


def under(prefix: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """The same arrays, their names below this one."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def below(prefix: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """The arrays below this name."""
    return {name.removeprefix(f"{prefix}/"): array for name, array in arrays.items() if name.startswith(f"{prefix}/")}


def text_array(words: pd.Index) -> npt.NDArray[np.uint8]:
    """Words as bytes of JSON: an array of texts takes as much for each as for the longest."""
    return np.frombuffer(json.dumps(words.tolist(), ensure_ascii=False).encode("utf-8", "surrogatepass"), np.uint8)


def text_index(array: npt.NDArray[np.uint8]) -> pd.Index:
    """The words again."""
    words: list[str] = json.loads(array.tobytes().decode("utf-8", "surrogatepass"))
    return pd.Index(words, dtype=object)
