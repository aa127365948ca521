"""What lets an estimator of rows of numbers be a model of posts: which numbers of a post it reads."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from popularity.arrays import FloatArray, Matrix
from popularity.dataset.features import TOKENS, FeatureMaker
from popularity.dataset.table import Dataset
from popularity.encoders.dictionary import Bags, Dictionary
from popularity.models.background import Background
from popularity.models.evidence import Evidence, Lesson
from popularity.models.losses import losses_of
from popularity.models.parts import FEATURES
from popularity.models.subjects import PHOTO_OF
from popularity.settings import Dataset as DatasetSettings
from popularity.settings import Dictionary as DictionarySettings


class Estimator(Protocol):
    """Learns a number from rows of numbers."""

    def fit(self, X: Matrix, y: FloatArray) -> None:
        """Learn y, shape (n,), from X, shape (n, d)."""

    def predict(self, X: Matrix) -> FloatArray:
        """Predictions of shape (n,) for X of shape (n, d); a row's does not depend on the other rows."""

    def save(self, folder: Path) -> None:
        """Write the fitted estimator into an existing folder."""


class OnFeatures:
    """A model of a profile's features, whose dictionaries, medians and scales are fitted with it.

    known: dictionaries that saw other labels too, in place of cross-fitted ones.
    """

    def __init__(
        self, estimator: Estimator, options: DatasetSettings, known: Mapping[str, Dictionary] | None = None
    ) -> None:
        self.estimator = estimator
        self._options = options
        self._known = known

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Model`."""
        posts = lesson.evidence.posts
        if self._known is None:
            self.features, X = FeatureMaker.fit_transform(posts, lesson.label, lesson.part, self._options)
        else:
            self.features = FeatureMaker.fit(posts, self._known, self._options)
            X = self.features.transform(posts)
        own, rows = lesson.own, X[lesson.member]
        self.estimator.fit(rows, own.label)
        self._background = Background.of(own.evidence, rows)

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Model`."""
        return self.estimator.predict(self.features.transform(evidence.posts))

    @property
    def losses(self) -> list[float]:
        """See `losses.losses_of`."""
        return losses_of(self.estimator)

    def save(self, folder: Path) -> None:
        """Write the estimator, and beside it what makes its features and what its reasons start from."""
        self.features.save(folder / FEATURES)
        self.estimator.save(folder)
        self._background.save(folder)


def dictionaries_of_all(dataset: Dataset, options: DictionarySettings) -> dict[str, Dictionary]:
    """Dictionaries of all training labels, by the score's name: a scored fold's own labels too."""
    posts, label = dataset.frame, dataset.frame["label"].to_numpy(np.float64)
    train = (posts["split"] == "train").to_numpy(bool)
    return {name: Dictionary.fit(Bags.of(posts[tokens]), label, train, options) for name, tokens in TOKENS.items()}


class OnRows:
    """A model of rows of numbers that saw no label. read: gives those of n posts, shape (n, d)."""

    def __init__(self, estimator: Estimator, read: Callable[[Evidence], Matrix]) -> None:
        self.estimator = estimator
        self._read = read

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Model`."""
        own = lesson.own
        rows = self._read(own.evidence)
        self.estimator.fit(rows, own.label)
        self._some = Background.of(own.evidence, rows)

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Model`."""
        return self.estimator.predict(self._read(evidence))

    @property
    def losses(self) -> list[float]:
        """See `losses.losses_of`."""
        return losses_of(self.estimator)

    def save(self, folder: Path) -> None:
        """Write the estimator, and what it predicts of a few posts that it learned from: its reasons start there."""
        self.estimator.save(folder)
        Background(self._some.pid, self.estimator.predict(self._some.rows)[:, None]).save(folder)


def embeddings(evidence: Evidence) -> Matrix:
    """The photos' embeddings, shape (n, d). Raises ValueError where a post has none."""
    if evidence.embeddings is None or not evidence.has_photo.all():
        raise ValueError("a post without a photo's embedding")
    return evidence.embeddings


def pids(evidence: Evidence) -> Matrix:
    """The pids by which the posts' photos are found: int64, shape (n, 1)."""
    return evidence.posts[[PHOTO_OF if PHOTO_OF in evidence.posts else "pid"]].to_numpy(np.int64)
