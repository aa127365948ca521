"""A backbone opened once, which turns photos in memory into embeddings."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np

from popularity.arrays import HalfArray
from popularity.images.backbones import BACKBONES, find_weights
from popularity.images.decode import read_squares
from popularity.images.runtimes import choose, open_network
from popularity.settings import ImageEmbeddings

WORKERS = max(2, len(os.sched_getaffinity(0)))  # each decodes a batch, then runs the network or waits for it
AHEAD = 2  # batches that wait for a worker, so that no worker waits for the disk

Task = TypeVar("Task")
Result = TypeVar("Result")


class Embedder:
    """May be called from several threads at once. A photo's embedding has the same bytes alone and among others."""

    def __init__(self, settings: ImageEmbeddings, root: Path = Path()) -> None:
        """Open the network. root: the project's folder, which weights are relative to.

        Raises UserError where the runtime or weights are missing or wrong.
        """
        self.backbone = BACKBONES[settings.backbone]
        self.weights = find_weights(self.backbone, settings.weights, root)  # None: random ones
        self._network = open_network(self.backbone, self.weights, choose(settings.runtime), settings.batch_size)
        self.runtime = self._network.runtime  # name and version
        self.batch = self._network.batch  # photos that a call takes at most

    def __call__(self, jpegs: Sequence[bytes]) -> tuple[HalfArray, dict[int, OSError]]:
        """Embeddings of the photos that decode, in order, shape (n, d), and for each place of one that does not, why.

        jpegs: at most `batch` JPEG files.
        """
        pixels, broken = read_squares(jpegs, self.backbone.input_px)
        return self._network(pixels).astype(np.float16), broken

    def embed(self, jpegs: Sequence[bytes]) -> HalfArray:
        """Embeddings of any number of JPEG files, shape (n, d). Raises OSError where one does not decode."""
        parts = [np.empty((0, self.backbone.length), np.float16)]
        for embeddings, broken in in_order(self, (jpegs[i : i + self.batch] for i in range(0, len(jpegs), self.batch))):
            if broken:
                raise next(iter(broken.values()))
            parts.append(embeddings)
        return np.concatenate(parts)


def in_order(work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    """Results in the order of the tasks, a few of which are under way at a time."""
    with ThreadPoolExecutor(WORKERS) as pool:
        under_way: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                under_way.append(pool.submit(work, task))
                if len(under_way) > WORKERS + AHEAD:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
