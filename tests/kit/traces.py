"""What a project's files hold of somebody, whatever their format: numbers, words, bytes of photos."""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

CODE = ("popularity", "stages", "flows", "expectations")
"""Folders of a project that tell of nobody."""


@dataclass(frozen=True)
class Traces:
    """What would tell of somebody. ids: of posts and users. words: that nobody else writes. photos: as they came."""

    ids: frozenset[int]
    words: tuple[str, ...]
    photos: tuple[bytes, ...]

    def found_in(self, folder: Path, *but: str) -> dict[str, list[str]]:
        """File, relative to the folder -> what it holds. but: places there that are not looked at."""
        away = tuple(folder / place for place in (*CODE, *but))
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        looked = [file for file in files if not any(file.is_relative_to(place) for place in away)]
        found = {file.relative_to(folder).as_posix(): list(self._in(file)) for file in looked}
        return {name: told for name, told in found.items() if told}

    def _in(self, file: Path) -> Iterator[str]:
        content = file.read_bytes()
        numbers, texts = _decoded(content)
        yield from (f"id {one}" for one in sorted(self.ids & numbers))
        for text in texts:
            yield from (f"id {one}" for one in sorted(self.ids) if _names(text, one))
            yield from (f"word {word}" for word in self.words if word in text.lower())
        for photo in self.photos:
            digest = hashlib.sha256(photo)
            if photo in content or digest.digest() in content or any(digest.hexdigest() in text for text in texts):
                yield f"photo {digest.hexdigest()[:8]}"
        if file.stem.isdecimal() and int(file.stem) in self.ids:
            yield "its name"


def _names(text: str, one: int) -> bool:
    """Whether a number stands in a text, as a number of its own."""
    return str(one) in text and re.search(rf"(?<![\w.]){one}(?![\w]|\.\d)", text) is not None


def _decoded(content: bytes) -> tuple[set[int], list[str]]:
    """All whole numbers of arrays and tables, and all text."""
    if content.startswith(b"PAR1"):
        return _of_table(pd.read_parquet(io.BytesIO(content)))
    if content.startswith(b"\x93NUMPY"):
        return _of_array(np.load(io.BytesIO(content), allow_pickle=False))
    if content.startswith(b"PK\x03\x04"):
        try:
            arrays = dict(np.load(io.BytesIO(content), allow_pickle=False).items())
        except (ValueError, AttributeError):  # another kind of archive: a forest, weights
            return set(), []
        parts = [_of_array(array) for array in arrays.values() if isinstance(array, np.ndarray)]
        return set().union(*(numbers for numbers, _ in parts)), [text for _, texts in parts for text in texts]
    return set(), [content.decode("utf-8", errors="replace")]


def _of_array(array: np.ndarray) -> tuple[set[int], list[str]]:
    if array.dtype == np.uint8:  # words, see `arrays_file.text_array`
        return set(), [array.tobytes().decode("utf-8", errors="replace")]
    if array.dtype.names:
        return set(), [array.tobytes().decode("latin-1")]
    return (set(array.ravel().tolist()) if np.issubdtype(array.dtype, np.integer) else set()), []


def _of_table(table: pd.DataFrame) -> tuple[set[int], list[str]]:
    whole = table.select_dtypes("integer")
    numbers = set(whole.to_numpy().ravel().tolist())
    others = table.drop(columns=[*whole.columns, *table.select_dtypes("floating").columns])
    cells = (cell for name in others for cell in others[name].tolist())
    texts = [" ".join(map(str, cell)) if isinstance(cell, np.ndarray) else str(cell) for cell in cells]
    return numbers, ["\n".join(texts)]
