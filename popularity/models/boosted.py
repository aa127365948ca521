"""Boosted trees on what is known before a post is out: its user's earlier labels, the calendar, numbers and words.

They learn what a post has above a decayed mean of its user's earlier labels, shrunk towards what its numbers alone say,
all above the line through the age at reading where ages are known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from popularity import settings
from popularity.arrays import BoolArray, FloatArray, IntArray, Matrix
from popularity.dataset.photo_shape import SHAPE
from popularity.files import read_json, write_json
from popularity.models.arrays_file import below, read_arrays, under, write_arrays
from popularity.models.components import Components
from popularity.models.evidence import Evidence, Lesson
from popularity.models.known_before import KnownBefore
from popularity.models.parts import Parts, Reasons
from popularity.models.shares import Shares
from popularity.models.subjects import AGE, PHOTO, USER
from popularity.models.trees import Trees
from popularity.models.words import group_of

FILE, ARRAYS = "boosted.json", "boosted.npz"
CHUNK = 20000
"""Posts that are scored at a time."""
UNCUT = 1 / 3
"""Share of the rows learned from whose history is whole."""


@dataclass(frozen=True)
class BoostedScorer:
    """The fitted model."""

    before: KnownBefore
    photos: Components | None
    trees: Trees
    usual: tuple[float, float] | None = None  # line and base of the rows learned from, in the mean; older ones lack it

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `parts.Scorer.load`."""
        content, arrays = read_json(parts.folder / FILE), read_arrays(parts.folder / ARRAYS)
        photos = below("photos", arrays)
        return cls(
            KnownBefore.of(content["before"], below("before", arrays)),
            Components(**photos) if photos else None,
            Trees(**below("trees", arrays), start=content["start"]),
            tuple(content["usual"]) if "usual" in content else None,
        )

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `parts.Scorer.predict`."""
        parts = [line + base + self.trees.predict(X) for line, base, X in self._read(evidence)]
        return np.concatenate([np.empty(0), *parts])

    def reasons(self, evidence: Evidence) -> Reasons | None:
        """See `parts.TellsReasons`. None of a model that was saved before it kept what they are made of."""
        if self.trees.weight is None or self.usual is None:
            return None
        of = (*self.before.column_groups, *(PHOTO,) * (0 if self.photos is None else len(self.photos.direction) + 1))
        groups = sorted({*of, USER, AGE})
        shares = Shares(self.trees, np.array([groups.index(one) for one in of]), len(groups))
        parts = [np.empty((0, len(groups)))]
        for line, base, X in self._read(evidence):
            worth = shares.of(X)
            worth[:, groups.index(USER)] += base - self.usual[1]
            worth[:, groups.index(AGE)] += line - self.usual[0]
            parts.append(worth)
        table = pd.DataFrame(np.concatenate(parts), columns=groups)
        return Reasons(table.loc[:, (table != 0).any()], sum(self.usual) + shares.average)

    def _read(self, evidence: Evidence) -> Iterator[tuple[FloatArray, FloatArray, Matrix]]:
        """Of CHUNK posts at a time: line and base, shape (n,), and what the trees read, shape (n, d)."""
        photo = _photo_columns(self.photos, evidence)
        for start in range(0, len(evidence.posts), CHUNK):
            posts = evidence.posts.iloc[start : start + CHUNK]
            fixed = self.before.fixed(posts)
            base, X = self.before.design(fixed, self.before.known(posts))
            yield fixed.line, base, np.column_stack([X, photo[start : start + CHUNK]])

    def save(self, folder: Path) -> None:
        """Write boosted.json and boosted.npz."""
        trees = {"feature": self.trees.feature, "border": self.trees.border, "leaf": self.trees.leaf}
        if self.trees.weight is not None:
            trees["weight"] = self.trees.weight
        content = {"start": self.trees.start, "before": self.before.content()}
        write_json(folder / FILE, content if self.usual is None else content | {"usual": self.usual})
        photos = {} if self.photos is None else {"mean": self.photos.mean, "direction": self.photos.direction}
        arrays = {"before": self.before.arrays(), "photos": photos, "trees": trees}
        write_arrays(
            folder / ARRAYS, {name: one for room, some in arrays.items() for name, one in under(room, some).items()}
        )


class Boosted:
    """See the module. waits_days: see `KnownBefore.fit`."""

    def __init__(
        self,
        options: settings.Boosted,
        dataset: settings.Dataset,
        seed: int,
        *,
        photos: bool,
        waits_days: float | None = None,
    ) -> None:
        self._options, self._dataset, self._seed = options, dataset, seed
        self._photos, self._waits_days = photos, waits_days

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Model`. Raises ValueError where labels wait for an age that nobody says."""
        from threadpoolctl import threadpool_limits

        options = self._options
        shown = lesson.own.evidence
        with threadpool_limits(1):  # several threads round otherwise
            before = self._known_before(lesson)
            photos = None
            if self._photos and shown.embeddings is not None and len(shown.embeddings):
                photos = Components.fit(shown.embeddings, options.components)
            X, y, usual = self._rows_to_learn(before, _photo_columns(photos, shown), lesson)
            self._scorer = BoostedScorer(before, photos, Trees.fit(X, y, options, self._seed), usual)

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Model`."""
        return self._scorer.predict(evidence)

    def save(self, folder: Path) -> None:
        """Write boosted.json and boosted.npz."""
        self._scorer.save(folder)

    def _rows_to_learn(
        self, before: KnownBefore, photo: Matrix, lesson: Lesson
    ) -> tuple[Matrix, FloatArray, tuple[float, float]]:
        """Posts of the population several times, its history cut off elsewhere, and what they have above their base.

        Third, the mean of their lines and of their bases. What a post is shown as known, no label of its own part
        taught, but those of its user's earlier posts.
        """
        options, own = self._options, lesson.own
        random = np.random.default_rng(self._seed)
        every = np.arange(len(own.label))
        some = every if len(every) <= options.max_rows else np.sort(random.choice(every, options.max_rows, False))
        parts = _at_least_two(lesson)
        part = parts[lesson.member][some]
        posts, label, photo = own.evidence.posts.iloc[some], own.label[some], photo[some]
        longest = options.cut_share * posts["uid"].map(lesson.evidence.posts["uid"].value_counts()).to_numpy() + 1
        count = before.known(posts).count
        cuts = []
        for _ in range(max(min(options.repeats, options.max_rows // len(posts)), 1)):
            uncut, stranger, far = random.random((3, len(posts)))
            cut = np.where(uncut < UNCUT, 0, np.floor(far * longest)).astype(np.int64)
            cuts.append(np.where(stranger < options.strangers, count, cut))
        rows, targets, places, lines, bases = [], [], [], [], []
        for one in np.unique(part):
            inside, others = np.flatnonzero(part == one), parts != one
            level = self._known_before(lesson, others) if others.any() else before
            known, fixed = level.known(posts.iloc[inside]), level.fixed(posts.iloc[inside])
            for turn, cut in enumerate(cuts):
                base, X = level.design(fixed, known.without_latest(cut[inside]))
                rows.append(np.column_stack([X, photo[inside]]))
                targets.append(label[inside] - fixed.line - base)
                places.append(turn * len(posts) + inside)
                lines.append(fixed.line)
                bases.append(base)
        order = np.argsort(np.concatenate(places))
        usual = float(np.concatenate(lines).mean()), float(np.concatenate(bases).mean())
        return np.concatenate(rows)[order], np.concatenate(targets)[order], usual

    def _known_before(self, lesson: Lesson, level: BoolArray | None = None) -> KnownBefore:
        posts, shrinkage = lesson.evidence.posts, self._options.shrinkage
        return KnownBefore.fit(posts, lesson.label, self._dataset, shrinkage, self._waits_days, level)


def _at_least_two(lesson: Lesson) -> IntArray:
    """The lesson's parts, shape (n,), or where there is one alone two halves of its users."""
    if (lesson.part != lesson.part[0]).any():
        return lesson.part
    return group_of(lesson.evidence.posts["uid"].to_numpy(np.int64)) % 2


def _photo_columns(photos: Components | None, evidence: Evidence) -> Matrix:
    """Where photos lie along the components, and their shapes; no column for a model that reads no photo."""
    if photos is None:
        return np.empty((len(evidence.posts), 0))
    return np.column_stack([photos.of(evidence), evidence.posts[SHAPE].to_numpy(np.float64)])
