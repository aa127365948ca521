"""What may be tuned: a model's section of params.yaml, and the values among which each of its params is looked for.

A param that is not here costs time or memory rather than error (a forest's trees), or was settled on real posts, see
docs/experiments.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from popularity import settings
from popularity.models.boosted import Boosted
from popularity.models.cnn import Cnn
from popularity.models.forest import Forest
from popularity.models.on_evidence import OnFeatures
from popularity.models.out_of_fold import Learner
from popularity.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial

DIGITS = 3
"""Of a value that is tried: further ones change no error, and nobody reads them."""

Value = int | float


@dataclass(frozen=True)
class Range:
    """Values of one param, both ends included. log: as many below the geometric middle as above it."""

    name: str
    low: Value
    high: Value
    log: bool = False

    def including(self, value: Value) -> "Range":
        """The same, as far as this value."""
        return replace(self, low=min(self.low, value), high=max(self.high, value))

    def drawn(self, trial: "Trial") -> Value:
        """What a trial shall try: whole where both ends are."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            whole: int = trial.suggest_int(self.name, self.low, self.high, log=self.log)
            return whole
        return float(f"{trial.suggest_float(self.name, self.low, self.high, log=self.log):.{DIGITS}g}")


@dataclass(frozen=True)
class Tuned:
    """A model that can be tuned. make: gives of params a maker of new models of all posts, as its stage fits them."""

    section: str
    ranges: tuple[Range, ...]
    make: Callable[[Settings], Callable[[], Learner]]


def _boosted(params: Settings) -> Callable[[], Learner]:
    return partial(Boosted, params.train_boosted, params.dataset, params.base.seed, photos=False)


def _rf(params: Settings) -> Callable[[], Learner]:
    return lambda: OnFeatures(Forest(params.train_rf, params.base.seed), params.dataset)


def _cnn(params: Settings) -> Callable[[], Learner]:
    return lambda: OnFeatures(Cnn(params.train_cnn, params.base.seed), params.dataset)


TUNED = {
    "boosted": Tuned(
        "train_boosted",
        (
            Range("trees", 100, 800, log=True),
            Range("depth", 4, 8),
            Range("learning_rate", 0.01, 0.2, log=True),
            Range("rows", 0.4, 1.0),
            Range("columns", 0.2, 1.0),
            Range("strangers", 0.0, 0.4),
            Range("shrinkage", 0.25, 4.0, log=True),
        ),
        _boosted,
    ),
    "rf": Tuned(
        "train_rf",
        (Range("min_samples_leaf", 1, 30, log=True), Range("max_features", 0.1, 1.0)),
        _rf,
    ),
    "cnn": Tuned(
        "train_cnn",
        (
            Range("learning_rate", 0.0002, 0.01, log=True),
            Range("batch_size", 8, 64, log=True),
            Range("epochs", 5, 40, log=True),
            Range("kernel", 2, 5),
        ),
        _cnn,
    ),
}
"""By the model's name in the catalogue."""


def present(params: Settings, tuned: Tuned) -> dict[str, Value]:
    """The values that params.yaml has now."""
    section = getattr(params, tuned.section)
    return {one.name: getattr(section, one.name) for one in tuned.ranges}


def with_values(params: Settings, tuned: Tuned, values: dict[str, Value]) -> Settings:
    """The same params with these values in the model's section. Raises pydantic's error where one is out of range."""
    section: settings.Section = getattr(params, tuned.section)
    changed = type(section).model_validate(section.model_dump() | values)
    return params.model_copy(update={tuned.section: changed})
