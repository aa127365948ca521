"""Fit a model per fold and once on everything, so that no row is scored by a model that saw its label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from tqdm import tqdm

from popularity.arrays import BoolArray, FloatArray
from popularity.dataset.table import Population
from popularity.files import replacing, write_json
from popularity.models.evidence import Evidence, Lesson


class Model(Protocol):
    """What every model here can do: it fits all that it reads labels for, and saves it, never by pickle."""

    def fit(self, lesson: Lesson) -> None:
        """Learn the labels of posts. What is fitted on labels and then learned from is cross-fitted."""

    def predict(self, evidence: Evidence) -> FloatArray:
        """Predictions of n posts in the label's unit, shape (n,); a row's does not depend on the other rows."""

    def save(self, folder: Path) -> None:
        """Write the fitted model into an existing empty folder."""


@dataclass(frozen=True)
class Fit:
    """A model of one population. model: None where there were too few training rows to fit any."""

    population: Population
    model: Model | None
    prediction: FloatArray  # (n,), out-of-fold on training rows, plain on the others; (0,) without a model


def fit_out_of_fold(population: Population, evidence: Evidence, make: Callable[[], Model], *, name: str) -> Fit:
    """Fit `make()` outside each fold, and once on all training rows.

    evidence: of all posts. name: shown on the progress bar.
    """
    everyone, member = population.everyone, population.member
    label, fold = everyone["label"].to_numpy(np.float64), everyone["fold"].to_numpy(np.int64)
    train = (everyone["split"] == "train").to_numpy(bool)
    folds = np.unique(fold[train & member])
    prediction = np.full(len(train), np.nan)
    if len(folds) < 2:
        posts = (train & member).sum()
        tqdm.write(f"{name}: {population.name} has {posts} training posts in {len(folds)} folds, not modelled")
        return Fit(population, None, np.empty(0))

    def fitted(rows: BoolArray) -> Model:
        model = make()
        model.fit(Lesson(evidence.of(rows), label[rows], fold[rows], member[rows]))
        return model

    bar = tqdm(total=len(folds) + 1, desc=f"{name} {population.name}", unit="fit")
    for held_out in folds:
        inside = train & member & (fold == held_out)
        prediction[inside] = fitted(train & (fold != held_out)).predict(evidence.of(inside))
        bar.update()
    final = fitted(train)
    if (others := member & ~train).any():
        prediction[others] = final.predict(evidence.of(others))
    bar.update()
    bar.close()
    return Fit(population, final, prediction[member])


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


def save_models(folder: Path, fits: Sequence[Fit]) -> None:
    """Write `<folder>/<population>/` for each model there is; the folder exists even when there is none."""
    with replacing(folder) as temporary:
        temporary.mkdir()
        for fit in fits:
            if fit.model is not None:
                inside = temporary / fit.population.name
                inside.mkdir()
                fit.model.save(inside)


def predictions_of(fits: Sequence[Fit]) -> pd.DataFrame:
    """The columns of `posts.PREDICTIONS`; no row for a population without a model."""
    frames = [
        pd.DataFrame({"population": fit.population.name, "pid": fit.population.pid, "prediction": fit.prediction})
        for fit in fits
        if fit.model is not None
    ]
    empty = pd.DataFrame({"population": pd.Series(dtype=str), "pid": pd.Series(dtype=np.int64), "prediction": []})
    return pd.concat(frames) if frames else empty


def write_metrics(path: Path, fits: Sequence[Fit], **more: Any) -> None:
    """Write how many rows each population has and how many were scored, and whatever else the stage counted."""
    rows = {
        fit.population.name: {
            "rows_in": len(fit.population.pid),
            "training_rows": int(fit.population.train.sum()),
            "rows_out": len(fit.prediction),
            "dropped": {"too few training posts": len(fit.population.pid) - len(fit.prediction)},
        }
        for fit in fits
    }
    write_json(path, {"populations": rows, **more})
