"""Fit a model per fold and once on everything, so that no row is scored by a model that saw its label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import pandas as pd
from tqdm import tqdm

from popularity.arrays import FloatArray, IntArray
from popularity.dataset.protocols import Cut, cuts, fold_cuts
from popularity.dataset.table import Population
from popularity.files import replacing, write_json
from popularity.models.evidence import Evidence, Lesson
from popularity.models.modalities import Brought
from popularity.posts import UNDER_PROTOCOLS
from popularity.settings import Protocols


class Learner(Protocol):
    """What every model and baseline here can do: it fits all that it reads labels for."""

    def fit(self, lesson: Lesson) -> None:
        """Learn the labels of posts. What is fitted on labels and then learned from is cross-fitted."""

    def predict(self, evidence: Evidence) -> FloatArray:
        """Predictions of n posts in the label's unit, shape (n,); a row's does not depend on the other rows."""


class Model(Learner, Protocol):
    """What is trained to be kept: it is saved, never by pickle."""

    def save(self, folder: Path) -> None:
        """Write the fitted model into an existing empty folder."""


LearnerT = TypeVar("LearnerT", bound=Learner, covariant=True)


@dataclass(frozen=True)
class Fit(Generic[LearnerT]):
    """A model of one population. model: None where there were too few training rows to fit any."""

    population: Population
    model: LearnerT | None
    prediction: FloatArray  # (n,), out-of-fold on training rows, plain on the others; (0,) without a model
    modalities: dict[str, float] = field(default_factory=dict)  # see `Brought.by_modality`; {} where it was not asked


def fit_out_of_fold(
    population: Population, evidence: Evidence, make: Callable[[], LearnerT], *, name: str, seed: int | None = None
) -> Fit[LearnerT]:
    """Fit `make()` outside each fold, and once on all training rows.

    evidence: of all posts. name: shown on the progress bar. seed: of the permutations that say what each modality
    brings, on the folds' rows; None: nobody asks.
    """
    member, train = population.member, (population.everyone["split"] == "train").to_numpy(bool)
    fold = population.everyone["fold"].to_numpy(np.int64)
    found = fold_cuts(population)
    label, prediction = population.everyone["label"].to_numpy(np.float64), np.full(len(train), np.nan)
    brought = None if seed is None else Brought(seed)
    if len(found) < 2:
        posts = (train & member).sum()
        tqdm.write(f"{name}: {population.name} has {posts} training posts in {len(found)} folds, not modelled")
        return Fit(population, None, np.empty(0))
    with tqdm(total=len(found) + 1, desc=f"{name} {population.name}", unit="fit") as bar:
        for cut in found:
            model, scored = _fitted(population, evidence, make, cut), evidence.of(cut.scored)
            prediction[cut.scored] = model.predict(scored)
            if brought is not None:
                brought.add(model.predict, scored, label[cut.scored], prediction[cut.scored])
            bar.update()
        others = member & ~train
        final = _fitted(population, evidence, make, Cut(train, others, fold))
        if others.any():
            prediction[others] = final.predict(evidence.of(others))
        bar.update()
    return Fit(population, final, prediction[member], brought.by_modality if brought is not None else {})


def predict_under(
    protocol: str,
    population: Population,
    evidence: Evidence,
    make: Callable[[], Learner],
    options: Protocols,
    *,
    model: str,
    waits_days: float | None = None,
) -> pd.DataFrame:
    """What `make()` predicts for training posts under a protocol: the columns of `posts.UNDER_PROTOCOLS`.

    evidence: of all posts. model: its name in the table and on the progress bar. waits_days: see `protocols.cuts`.
    No row where too few posts are there, or some fit would learn from too few that did not wait.
    """
    found = cuts(protocol, population, options, waits_days=waits_days)
    if waits_days is not None and len(found) < len(cuts(protocol, population, options)):
        found = []
    pids, predictions = [np.empty(0, np.int64)], [np.empty(0)]
    for cut in tqdm(found, desc=f"{model} {population.name}, {protocol}", unit="fit"):
        pids.append(population.everyone.loc[cut.scored, "pid"].to_numpy(np.int64))
        predictions.append(predict_cut(population, evidence, make, cut))
    return under(protocol, population, model, np.concatenate(pids), np.concatenate(predictions))


def predict_cut(population: Population, evidence: Evidence, make: Callable[[], Learner], cut: Cut) -> FloatArray:
    """What `make()`, fitted on what a cut learns from, predicts of the k posts that it scores, shape (k,).

    evidence: of all posts.
    """
    return _fitted(population, evidence, make, cut).predict(evidence.of(cut.scored))


def under(protocol: str, population: Population, model: str, pid: IntArray, prediction: FloatArray) -> pd.DataFrame:
    """Predictions of posts, both of shape (n,), as rows of `posts.UNDER_PROTOCOLS`."""
    told = {"protocol": protocol, "population": population.name, "model": model}
    return pd.DataFrame({**told, "pid": pid, "prediction": prediction}, columns=UNDER_PROTOCOLS.names)


def predict_further(
    model: str,
    populations: Sequence[Population],
    evidence: Evidence,
    make: Callable[[], Learner],
    options: Protocols,
) -> pd.DataFrame:
    """What `predict_under` finds for each protocol that params name for the model: posts.UNDER_PROTOCOLS, all of it."""
    tables = [
        predict_under(protocol, population, evidence, make, options, model=model)
        for protocol in options.of[model]
        for population in populations
    ]
    some = [table for table in tables if len(table)]
    found: pd.DataFrame = pd.concat(some, ignore_index=True) if some else UNDER_PROTOCOLS.empty_table().to_pandas()
    return found


def _fitted(population: Population, evidence: Evidence, make: Callable[[], LearnerT], cut: Cut) -> LearnerT:
    rows, model = cut.train, make()
    label = population.everyone["label"].to_numpy(np.float64)
    model.fit(Lesson(evidence.of(rows), label[rows], cut.part[rows], population.member[rows]))
    return model


def cross_fitted(make: Callable[[], Model], lesson: Lesson) -> FloatArray:
    """Predictions of a lesson's n own posts, shape (n,), each by a model of the other parts.

    What a model on top of them learns from. Zeros where there is one part alone.
    """
    own = lesson.own
    prediction = np.zeros(len(own.label))
    parts = np.unique(own.part)
    for one in parts if len(parts) > 1 else []:
        model = make()
        model.fit(lesson.of(lesson.part != one))
        inside = own.part == one
        prediction[inside] = model.predict(own.evidence.of(inside))
    return prediction


def save_models(folder: Path, fits: Sequence[Fit[Model]]) -> None:
    """Write `<folder>/<population>/` for each model there is; the folder exists even when there is none."""
    with replacing(folder) as temporary:
        temporary.mkdir()
        for fit in fits:
            if fit.model is not None:
                inside = temporary / fit.population.name
                inside.mkdir()
                fit.model.save(inside)


def predictions_of(fits: Sequence[Fit[Learner]]) -> pd.DataFrame:
    """The columns of `posts.PREDICTIONS`; no row for a population without a model."""
    frames = [
        pd.DataFrame({"population": fit.population.name, "pid": fit.population.pid, "prediction": fit.prediction})
        for fit in fits
        if fit.model is not None
    ]
    empty = pd.DataFrame({"population": pd.Series(dtype=str), "pid": pd.Series(dtype=np.int64), "prediction": []})
    return pd.concat(frames) if frames else empty


def write_metrics(path: Path, fits: Sequence[Fit[Learner]], **more: Any) -> None:
    """Write how many rows each population has and how many were scored, what each modality brings where there is a
    model, and whatever else the stage counted.
    """
    rows = {
        fit.population.name: {
            "rows_in": len(fit.population.pid),
            "training_rows": int(fit.population.train.sum()),
            "rows_out": len(fit.prediction),
            "dropped": {"too few training posts": len(fit.population.pid) - len(fit.prediction)},
        }
        for fit in fits
    }
    modalities = {fit.population.name: fit.modalities for fit in fits if fit.model is not None}
    write_json(path, {"populations": rows, "modalities": modalities, **more})
