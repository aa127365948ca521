"""The multimodal model: the paper's CNN on the features and, as the last one, the image model's prediction."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from popularity import settings
from popularity.arrays import FloatArray
from popularity.dataset.features import FeatureMaker
from popularity.dataset.scaling import standardise, standardise_out_of_fold
from popularity.files import write_json
from popularity.models.background import Background
from popularity.models.cnn import Cnn
from popularity.models.evidence import Evidence, Lesson
from popularity.models.out_of_fold import Model, cross_fitted
from popularity.models.parts import FEATURES, IMAGE

SCALE = "image_prediction.json"


class Multimodal:
    """The CNN, with an image model of its own whose predictions of training posts are cross-fitted.

    make_image: a new image model. It is fitted on each part's others and on all, so it pays to keep those that were
    fitted on the same posts before, see `same_fits`.
    """

    def __init__(self, cnn: Cnn, options: settings.Dataset, make_image: Callable[[], Model]) -> None:
        self._cnn = cnn
        self._options = options
        self._make_image = make_image

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Model`."""
        own, everyone = lesson.own, lesson.evidence.posts
        self._features, X = FeatureMaker.fit_transform(everyone, lesson.label, lesson.part, self._options)
        shown = cross_fitted(self._make_image, lesson)
        scaled, self._mean, self._deviation = standardise_out_of_fold(shown, own.part, np.ones(len(shown), dtype=bool))
        self._image = self._make_image()
        self._image.fit(lesson)
        rows = np.column_stack([X[lesson.member], scaled])
        self._cnn.fit(rows, own.label)
        self._background = Background.of(own.evidence, rows)

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Model`."""
        shown = standardise(self._image.predict(evidence), self._mean, self._deviation)
        return self._cnn.predict(np.column_stack([self._features.transform(evidence.posts), shown]))

    @property
    def losses(self) -> list[float]:
        """Of the CNN, see `losses.losses_of`."""
        return self._cnn.losses

    def save(self, folder: Path) -> None:
        """Write the CNN, its image model, what makes its features, the scale of the image model's predictions, and what
        its reasons start from.
        """
        self._features.save(folder / FEATURES)
        (folder / IMAGE).mkdir()
        self._image.save(folder / IMAGE)
        self._cnn.save(folder)
        self._background.save(folder)
        write_json(folder / SCALE, {"mean": self._mean, "deviation": self._deviation})
