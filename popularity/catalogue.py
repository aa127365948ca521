"""The models there are: what each is called, what it reads, whose posts it serves, and what opens it.

Tables, the report, bundles and nights go by it; no stage that fits a model imports it, and asking it loads no model.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["trained", "baseline", "unfair", "waits"]
"""Trained: may be the best one, and then scores new posts. Baseline: what a trained one must beat, fitted where it is
compared. Unfair: it saw labels that it should not, and is there to show what that does. Waits: a trained one to which a
label counts only once it could be read, under protocol forward."""

Kind = Literal["columns", "words", "embeddings", "age"]
"""Kinds of evidence of a post: the numbers it came with, what was read of its words, its photo's embedding, and after
how many days its views are asked for."""


@dataclass(frozen=True)
class Model:
    """One model."""

    name: str  # in paths, params and tables
    title: str  # on pages
    populations: tuple[str, ...]  # that it is fitted on and can score, of dataset.table.POPULATIONS
    reads: tuple[Kind, ...]
    role: Role = "trained"
    scorer: str = ""  # module:class of what opens it, a `models.parts.Scorer`; none unless trained
    stage: str = ""  # that fits it; none: train_NAME

    @property
    def may_be_best(self) -> bool:
        """Whether it may score new posts."""
        return self.role == "trained"

    @property
    def has_stage(self) -> bool:
        """Whether a stage writes its predictions."""
        return self.role in ("trained", "unfair")


EVERY = ("all_posts", "posts_with_photo")
PHOTOS = ("posts_with_photo",)
SCORERS = "popularity.models.scorers"

MODELS = (
    *(
        Model(
            f"{name}{of_age}", title + (", over a line through age" if of_age else ""), EVERY, ("columns",), "baseline"
        )
        for of_age in ("", "_age")
        for name, title in (
            ("global_mean", "The mean"),
            ("user_mean", "The user's mean"),
            ("user_median", "The user's median"),
            ("user_last", "The user's last 10"),
        )
    ),
    Model("rf", "Random forest", EVERY, ("columns", "words"), scorer=f"{SCORERS}:ForestScorer"),
    Model(
        "rf_naive", "Random forest, naive dictionaries", EVERY, ("columns", "words"), role="unfair", stage="train_rf"
    ),
    Model("cnn", "CNN", EVERY, ("columns", "words"), scorer=f"{SCORERS}:CnnScorer"),
    Model("image", "Image", PHOTOS, ("embeddings",), scorer=f"{SCORERS}:HeadScorer"),
    Model(
        "multimodal",
        "Multimodal",
        PHOTOS,
        ("columns", "words", "embeddings"),
        scorer=f"{SCORERS}:MultimodalScorer",
        stage="fuse",
    ),
    Model(
        "boosted",
        "Boosted",
        EVERY,
        ("columns", "words", "embeddings", "age"),
        scorer="popularity.models.boosted:BoostedScorer",
    ),
    Model(
        "boosted_waits",
        "Boosted, waiting for labels",
        EVERY,
        ("columns", "words", "embeddings", "age"),
        role="waits",
        stage="train_boosted",
    ),
)
"""In the order of the tables. A new model is a line here, its file in models/ and its stage."""

BASELINE = "user_mean"
NAIVE, FAIR = "rf_naive", "rf"
"""The same forest on dictionaries of all training labels, and on those that a row's own label is not in."""
WITH_PHOTO, WITHOUT_PHOTO = "multimodal", "cnn"
"""The same network with what the photo says, and without: their difference is what it brings."""

_BY_NAME = {model.name: model for model in MODELS}


def names_of(population: str) -> tuple[str, ...]:
    """Names of the models of a population, in the order of the tables."""
    return tuple(model.name for model in MODELS if population in model.populations)


def can_serve(name: str, population: str) -> bool:
    """Whether there is a model of that name which may score the posts of a population."""
    model = _BY_NAME.get(name)
    return model is not None and model.may_be_best and population in model.populations


def stage_of(name: str) -> str:
    """The stage that fits a model."""
    return _BY_NAME[name].stage or f"train_{name}"


def scorer_of(name: str) -> str:
    """Module and class of what opens a model."""
    return _BY_NAME[name].scorer


def reads_age(name: str) -> bool:
    """Whether a model is told after how many days views are asked for."""
    return "age" in _BY_NAME[name].reads


def reads_photos(name: str, population: str) -> bool:
    """Whether a model of a population reads what photos show: of posts that may have none, none does."""
    return population in PHOTOS and "embeddings" in _BY_NAME[name].reads
