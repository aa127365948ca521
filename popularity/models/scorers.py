"""Fitted models as their stages saved them, opened to score posts: a test row gets the very prediction of its stage."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from popularity.arrays import FloatArray
from popularity.dataset.features import FeatureMaker
from popularity.dataset.scaling import standardise
from popularity.files import read_json
from popularity.models.evidence import Evidence
from popularity.models.forest import FILE, TRUSTED
from popularity.models.fusion import SCALE
from popularity.models.networks import Trained
from popularity.models.on_evidence import embeddings
from popularity.models.parts import Parts, Scorer


@dataclass(frozen=True)
class CnnScorer:
    """The CON-SOC CNN."""

    features: FeatureMaker
    network: Trained

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        return cls(parts.features, Trained.load(parts.folder))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`."""
        return self.network.predict(self.features.transform(evidence.posts))


@dataclass(frozen=True)
class ForestScorer:
    """The random forest."""

    features: FeatureMaker
    forest: Any  # scikit-learn's

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        import skops.io

        return cls(parts.features, skops.io.load(parts.folder / FILE, trusted=TRUSTED))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`."""
        return np.asarray(self.forest.predict(self.features.transform(evidence.posts)), dtype=np.float64)


@dataclass(frozen=True)
class HeadScorer:
    """The image model's head; scores posts that all have a photo."""

    network: Trained

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        return cls(Trained.load(parts.folder))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`. Raises ValueError where a post has no embedding."""
        return self.network.predict(embeddings(evidence))


@dataclass(frozen=True)
class MultimodalScorer:
    """The CNN on the features and, as the last one, what the image model predicts, by that prediction's scale."""

    features: FeatureMaker
    image: Scorer
    network: Trained
    mean: float  # of the image model's predictions, in the label's unit, as is the deviation
    deviation: float

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """See `Scorer.load`."""
        image = HeadScorer(Trained.load(parts.image))
        return cls(parts.features, image, Trained.load(parts.folder), **read_json(parts.folder / SCALE))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `Scorer.predict`. Raises ValueError where a post has no embedding."""
        image = standardise(self.image.predict(evidence), self.mean, self.deviation)
        return self.network.predict(np.column_stack([self.features.transform(evidence.posts), image]))
