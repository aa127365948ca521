"""Fit a model per fold and once on everything, so that no row is scored by a model that saw its label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from tqdm import tqdm

from popularity.arrays import FloatArray, Matrix
from popularity.dataset.table import Population
from popularity.files import replacing, write_json


class Model(Protocol):
    """What every model here can do. Saving never pickles."""

    def fit(self, X: Matrix, y: FloatArray) -> None:
        """Learn y, shape (n,), from X, shape (n, d)."""

    def predict(self, X: Matrix) -> FloatArray:
        """Predictions of shape (n,) for X of shape (n, d); a row's does not depend on the other rows."""

    def save(self, folder: Path) -> None:
        """Write the fitted model into an existing empty folder."""


@dataclass(frozen=True)
class Fit:
    """A model of one population. model: None where there were too few training rows to fit any."""

    population: Population
    model: Model | None
    prediction: FloatArray  # (n,), out-of-fold on training rows, plain on the others; (0,) without a model


def fit_out_of_fold(
    population: Population, features: Callable[[int | None], Matrix], make: Callable[[], Model], *, name: str
) -> Fit:
    """Fit `make()` outside each fold, and once on all training rows.

    features: gives X, shape (n, d), a row for each row of the population, for the model that is to be scored on a
    fold, or (None) for the one that sees all training rows: see Population.features_without.
    name: shown on the progress bar.
    """
    train, fold = population.train, population.fold
    folds = np.unique(fold[train])
    prediction = np.full(len(population.pid), np.nan)
    if len(folds) < 2:
        tqdm.write(f"{name}: {population.name} has {train.sum()} training posts in {len(folds)} folds, not modelled")
        return Fit(population, None, prediction[:0])
    bar = tqdm(total=len(folds) + 1, desc=f"{name} {population.name}", unit="fit")
    for held_out in folds:
        inside = train & (fold == held_out)
        model, X = make(), features(int(held_out))
        model.fit(X[train & ~inside], population.label[train & ~inside])
        prediction[inside] = model.predict(X[inside])
        bar.update()
    final, X = make(), features(None)
    final.fit(X[train], population.label[train])
    if not train.all():
        prediction[~train] = final.predict(X[~train])
    bar.update()
    bar.close()
    return Fit(population, final, prediction)


def predict_without(population: Population, X: Matrix, make: Callable[[], Model], *, name: str) -> pd.DataFrame:
    """Predictions of training rows by models that saw neither the row's fold nor one more, for each further fold.

    What a model on top of these predictions trains on when it is to be scored on that further fold: the plain
    out-of-fold prediction of another row still holds the scored fold's labels. With k folds, k (k - 1) / 2 fits.

    X: shape (n, d), the same whatever the fold. Returns the columns of `posts.PREDICTIONS_WITHOUT`, empty with fewer
    than three folds: then no row is left to train on.
    """
    train, fold = population.train, population.fold
    folds = np.unique(fold[train])
    pairs = list(combinations(folds.tolist(), 2)) if len(folds) > 2 else []
    parts = []
    for first, second in tqdm(pairs, desc=f"{name} {population.name}, two folds left out", unit="fit"):
        seen = train & ~np.isin(fold, (first, second))
        model = make()
        model.fit(X[seen], population.label[seen])
        for own, further in ((first, second), (second, first)):
            inside = train & (fold == own)
            prediction = model.predict(X[inside])
            parts.append(pd.DataFrame({"pid": population.pid[inside], "fold": further, "prediction": prediction}))
    empty = pd.DataFrame({"pid": pd.Series(dtype=np.int64), "fold": pd.Series(dtype=np.int64), "prediction": []})
    return pd.concat(parts or [empty]).assign(population=population.name)


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
