"""A crawl as it grows, table after table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from popularity.sources.crawl import Crawl
from popularity.sources.rows import Rows, join_rejected


class Gathering:
    """What was read so far. known: pids of the posts that were kept, for the first of each is."""

    def __init__(self, left_out: Mapping[str, int] | None = None) -> None:
        """left_out: reason -> posts that are no photo posts."""
        self.known: set[int] = set()
        self._dropped = Counter(left_out or {})
        self._rows_in = self._rows_read = sum(self._dropped.values())
        self._posts: list[pd.DataFrame] = []
        self._labels: list[pd.DataFrame] = []
        self._rejected: list[pd.DataFrame] = []
        self._pids: set[int] = set()
        self._ignored: dict[str, list[str]] = {}
        self._lacking: dict[str, str] = {}

    def add(
        self,
        posts: pd.DataFrame,
        labels: pd.DataFrame,
        data: Rows,
        pids: Iterable[int],
        *,
        lacking: str,
        beside: Sequence[Rows] = (),
        set_aside: Iterable[pd.DataFrame] = (),
    ) -> None:
        """A table of posts. posts, labels: as `Crawl` holds them. data: that both came from. pids: of all its rows.

        lacking: what is taken for the columns that it lacks. beside: tables that labels came from as well. set_aside:
        further rows of labels that are none.
        """
        self._posts.append(posts)
        self._labels.append(labels)
        self._pids.update(pids)
        self._rows_in += data.rows_in
        for part in data.rejected:
            self._dropped.update(part["reason"])
        for table in (data, *beside):
            self._rows_read += table.rows_in
            self._rejected += table.rejected
            if table.file and table.ignored:
                self._ignored[table.file] = table.ignored
        self._rejected += set_aside
        if data.file and lacking:
            self._lacking[data.file] = lacking

    @property
    def is_empty(self) -> bool:
        """Whether no table came."""
        return not self._posts

    def crawl(self, passed_over: Mapping[str, int] | None = None) -> Crawl:
        """All of it. passed_over: kind -> files that tell no post. Raises ValueError where it is empty."""
        return Crawl(
            posts=pd.concat(self._posts, ignore_index=True).astype({"postdate": np.int64}),
            labels=pd.concat(self._labels, ignore_index=True).astype({"postdate": np.int64}),
            rejected=join_rejected(self._rejected),
            rows_in=self._rows_in,
            rows_read=self._rows_read,
            dropped=dict(sorted(self._dropped.items())),
            pids=frozenset(self._pids),
            ignored=self._ignored,
            lacking=self._lacking,
            passed_over=dict(passed_over or {}),
        )
