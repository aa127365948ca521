"""Models that were fitted on the same posts are fitted once."""

from collections.abc import Callable
from pathlib import Path

from popularity.arrays import FloatArray
from popularity.models.evidence import Evidence, Lesson
from popularity.models.losses import losses_of
from popularity.models.out_of_fold import Model


class SameFits:
    """Makes models that look at their own posts alone, and at no part: those of one set are one, and stay in memory.

    An image model without folds a and b is needed for a where b is scored, and for b where a is: with five folds 16
    fits do the work of 31.
    """

    def __init__(self, make: Callable[[], Model]) -> None:
        self.make = make
        self.fitted: dict[bytes, Model] = {}

    def __call__(self) -> "Model":
        """A new model."""
        return _Kept(self)


class _Kept:
    def __init__(self, kept: SameFits) -> None:
        self._kept = kept

    def fit(self, lesson: Lesson) -> None:
        key = lesson.own.evidence.posts["pid"].to_numpy().tobytes() + lesson.own.label.tobytes()
        if key not in self._kept.fitted:
            model = self._kept.make()
            model.fit(lesson)
            self._kept.fitted[key] = model
        self._model = self._kept.fitted[key]

    def predict(self, evidence: Evidence) -> FloatArray:
        return self._model.predict(evidence)

    @property
    def losses(self) -> list[float]:
        return losses_of(self._model)

    def save(self, folder: Path) -> None:
        self._model.save(folder)
