"""Answers of links that belong to no batch: asked for here and now, and kept for as long as they are read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from popularity.files import scratch
from popularity.links.ask import answers_table, ask, unanswered
from popularity.links.recorded import Recorded, StoredAnswers
from popularity.settings import Fetch
from popularity.store.store import Writer


class FreshAnswers:
    """Answers that are asked for when they are looked up."""

    def __init__(self, settings: Fetch, folder: Path) -> None:
        """folder: where what came lies while it is read, a store of each block's own."""
        self._settings, self._folder = settings, folder

    @contextmanager
    def of(self, links: Sequence[str]) -> Iterator[Mapping[str, Recorded]]:
        """As `Answers.of`; the bytes lie on disk, in a store that lasts no longer than the block."""
        if not links:
            yield {}
            return
        with scratch(self._folder / "links") as place, Writer(place) as store:
            ask(unanswered(links, store), self._settings, store)
            with StoredAnswers(answers_table(links, store), store).of(links) as found:
                yield found
