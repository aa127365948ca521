"""Fitted models as their stages saved them, opened to score posts: a test row gets the very prediction of its stage."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from popularity.arrays import FloatArray, Matrix
from popularity.dataset.features import FeatureMaker
from popularity.dataset.scaling import standardise
from popularity.files import read_json
from popularity.models.background import Background, reasons
from popularity.models.evidence import Evidence
from popularity.models.forest import FILE, TRUSTED
from popularity.models.fusion import SCALE
from popularity.models.networks import Trained
from popularity.models.on_evidence import embeddings
from popularity.models.parts import Parts, Reasons, Scorer
from popularity.models.subjects import SHOWN


@dataclass(frozen=True)
class CnnScorer:
    """The CON-SOC CNN."""

    features: FeatureMaker
    network: Trained
    background: Background | None = None

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        return cls(parts.features, Trained.load(parts.folder), Background.load(parts.folder))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`."""
        return self.network.predict(self.features.transform(evidence.posts))

    def reasons(self, evidence: Evidence) -> Reasons | None:
        """See `TellsReasons`."""
        X = self.features.transform(evidence.posts)
        return reasons(self.network.predict, X, self.features.names, self.background)


@dataclass(frozen=True)
class ForestScorer:
    """The random forest."""

    features: FeatureMaker
    forest: Any  # scikit-learn's
    background: Background | None = None

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        import skops.io

        return cls(parts.features, skops.io.load(parts.folder / FILE, trusted=TRUSTED), Background.load(parts.folder))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`."""
        return self._predict(self.features.transform(evidence.posts))

    def reasons(self, evidence: Evidence) -> Reasons | None:
        """See `TellsReasons`."""
        return reasons(self._predict, self.features.transform(evidence.posts), self.features.names, self.background)

    def _predict(self, X: Matrix) -> FloatArray:
        return np.asarray(self.forest.predict(X), dtype=np.float64)


@dataclass(frozen=True)
class HeadScorer:
    """The image model's head; scores posts that all have a photo."""

    network: Trained
    background: Background | None = None  # of one column, what the head predicts

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        return cls(Trained.load(parts.folder), Background.load(parts.folder))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`. Raises ValueError where a post has no embedding."""
        return self.network.predict(embeddings(evidence))

    def reasons(self, evidence: Evidence) -> Reasons | None:
        """See `TellsReasons`. There is one: the photo. Raises ValueError as `predict`."""
        return reasons(lambda X: X[:, 0], self.predict(evidence)[:, None], [SHOWN], self.background)


@dataclass(frozen=True)
class MultimodalScorer:
    """The CNN on the features and, as the last one, what the image model predicts, by that prediction's scale."""

    features: FeatureMaker
    image: Scorer
    network: Trained
    mean: float  # of the image model's predictions, in the label's unit, as is the deviation
    deviation: float
    background: Background | None = None

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        image = HeadScorer(Trained.load(parts.image))
        scale, background = read_json(parts.folder / SCALE), Background.load(parts.folder)
        return cls(parts.features, image, Trained.load(parts.folder), **scale, background=background)

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`. Raises ValueError where a post has no embedding."""
        return self.network.predict(self._rows(evidence))

    def reasons(self, evidence: Evidence) -> Reasons | None:
        """See `TellsReasons`; what the image model predicts is of the photo. Raises ValueError as `predict`."""
        return reasons(self.network.predict, self._rows(evidence), [*self.features.names, SHOWN], self.background)

    def _rows(self, evidence: Evidence) -> Matrix:
        image = standardise(self.image.predict(evidence), self.mean, self.deviation)
        return np.column_stack([self.features.transform(evidence.posts), image])
