"""Answers as filter_links reads them: from a table and the store, without a network."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import pandas as pd

from popularity.errors import UserError
from popularity.store.entries import Place
from popularity.store.store import Store


@dataclass(frozen=True)
class Recorded:
    """What a link led to. read: gives the bytes, where any came; it may be called from many threads."""

    address: str
    redirected: bool
    outcome: str
    read: Callable[[], bytes]


class Answers(Protocol):
    """Whatever can tell what links led to."""

    def of(self, links: Sequence[str]) -> AbstractContextManager[Mapping[str, Recorded]]:
        """What each of the links led to; its bytes can be read inside the block."""
        ...


class StoredAnswers:
    """A batch's answers table, and the store that holds the bytes."""

    def __init__(self, table: pd.DataFrame, store: Store) -> None:
        self._rows = table.set_index("link")
        self._store = store

    @contextmanager
    def of(self, links: Sequence[str]) -> Iterator[Mapping[str, Recorded]]:
        """As `Answers.of`. Raises UserError where a link has no answer, or the store lacks its bytes."""
        if missing := [link for link in links if link not in self._rows.index]:
            raise UserError(
                f"{len(missing)} links have no answer, the first is {missing[0]}",
                next_step="run `dvc repro`, whose stage fetch asks for them",
            )
        rows = self._rows.loc[list(links)]
        places = self._store.places(sha256 for sha256 in rows["sha256"] if sha256)
        yield {
            link: Recorded(address, address != link, outcome, partial(self._read, places, sha256))
            for link, address, outcome, sha256 in zip(
                links, rows["address"], rows["outcome"], rows["sha256"], strict=True
            )
        }

    def _read(self, places: Mapping[str, Place], sha256: str) -> bytes:
        return self._store.read(sha256, places[sha256])
