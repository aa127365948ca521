"""What a saved model is opened from, and what it can do then."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

import pandas as pd

from popularity.arrays import FloatArray
from popularity.dataset.features import FeatureMaker
from popularity.errors import UserError
from popularity.models.evidence import Evidence

FEATURES = "features"
"""Folder of a saved model in which its dictionaries, medians and scales lie."""
IMAGE = "image"
"""Folder of a saved model in which its image model lies."""


@dataclass(frozen=True)
class Parts:
    """What a model is opened from."""

    folder: Path  # as its stage saved it, of one population
    shared: Path  # what makes features for all models of an older bundle, whose models hold none themselves

    @property
    def features(self) -> FeatureMaker:
        """What turns numbers and words into the features that the paper's models read."""
        own = self.folder / FEATURES
        return FeatureMaker.load(own if own.is_dir() else self.shared)

    @property
    def image(self) -> Path:
        """The image model beneath a multimodal one; in older bundles it lies beside it.

        Raises UserError where there is none.
        """
        own, beside = self.folder / IMAGE, self.folder.parents[1] / IMAGE / self.folder.name
        if not own.is_dir() and not beside.is_dir():
            raise UserError(f"{own} is not there: the model is not whole", next_step="copy the whole folder again")
        return own if own.is_dir() else beside


@dataclass(frozen=True)
class Reasons:
    """Why n posts are predicted as they are: average + worth.sum(axis=1) is what they are."""

    worth: pd.DataFrame  # a row a post, a column for what it knows of it ("user", "tags", ...); the label's unit
    average: float  # what is predicted of the posts learned from, in the mean


class Scorer(Protocol):
    """A model that reads its files once and scores from memory as often as it is asked."""

    @classmethod
    def load(cls, parts: Parts) -> Self:
        """Read everything that scoring needs."""

    def predict(self, evidence: Evidence) -> FloatArray:
        """Predictions of n posts in the label's unit, shape (n,); a row's does not depend on the other rows."""


@runtime_checkable
class TellsReasons(Protocol):
    """A scorer that can tell why."""

    def reasons(self, evidence: Evidence) -> Reasons | None:
        """Shapley values of what is known of n posts, over the posts learned from; None of a model too old to tell."""
