"""Predictions beside what was observed: for each population the same rows for every model.

A scored table has one row a post: pid, uid, batch, postdate, split ("validation": a training row, predicted
out-of-fold; or "test"), observed, and a column of predictions for each model.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from popularity.catalogue import BASELINE, FAIR, NAIVE, names_of
from popularity.dataset.table import POPULATIONS, Dataset
from popularity.errors import UserError
from popularity.evaluation.metrics import Scores, score
from popularity.models.baselines import UserMean
from popularity.models.evidence import evidence_of
from popularity.models.on_evidence import OnRows, uids
from popularity.models.out_of_fold import fit_out_of_fold

SPLITS = ("validation", "test")

ScoredTables = dict[str, pd.DataFrame]
ScoreTable = dict[str, dict[str, dict[str, Scores]]]


def baseline_predictions(dataset: Dataset) -> pd.DataFrame:
    """The user's mean label, out-of-fold on training rows: columns population, pid, prediction.

    No row for a population that has too few training rows for folds.
    """
    evidence, frames = evidence_of(dataset), []
    for name in POPULATIONS:
        population = dataset.of(name)
        fit = fit_out_of_fold(population, evidence, lambda: OnRows(UserMean(), uids), name=BASELINE)
        pid = population.pid if fit.model is not None else population.pid[:0]
        frames.append(pd.DataFrame({"population": name, "pid": pid, "prediction": fit.prediction}))
    return pd.concat(frames, ignore_index=True)


def observed_posts(dataset: Dataset, test_labels: pd.DataFrame) -> pd.DataFrame:
    """Every labelled post, sorted by pid: the dataset's keys, has_photo, split and its observed label.

    test_labels: columns pid, label. Raises UserError where a test row has none.
    """
    keys = ["pid", "uid", "batch", "postdate", "split", "has_photo", "label"]
    posts = dataset.frame.loc[dataset.frame["split"] != "pending", keys].rename(columns={"label": "observed"})
    test = posts["split"] == "test"
    posts.loc[test, "observed"] = posts.loc[test, "pid"].map(test_labels.set_index("pid")["label"])
    if (without := posts["observed"].isna()).any():
        first = posts.loc[without, "pid"].iloc[0]
        raise UserError(
            f"data/test_labels.parquet: no label for {without.sum()} posts, first pid {first}",
            next_step="run `dvc repro dataset`, which writes it together with data/dataset.parquet",
        )
    return posts.assign(split=posts["split"].replace({"train": "validation"})).reset_index(drop=True)


def scored_tables(observed: pd.DataFrame, predictions: Mapping[str, pd.DataFrame]) -> ScoredTables:
    """A scored table for each population that the baseline could be fitted on.

    observed: of `observed_posts`. predictions: model -> columns population, pid, prediction.
    Raises UserError where a model lacks a row, or has one that is not finite: every model has the same n.
    """
    tables: ScoredTables = {}
    for population in POPULATIONS:
        if not (predictions[BASELINE]["population"] == population).any():
            continue
        rows = observed if population == "all_posts" else observed[observed["has_photo"]]
        table = rows.drop(columns="has_photo").reset_index(drop=True)
        for model in names_of(population):
            mine = predictions[model][predictions[model]["population"] == population]
            table[model] = table["pid"].map(mine.set_index("pid")["prediction"])
            if not (finite := np.isfinite(table[model].to_numpy(np.float64))).all():
                raise UserError(
                    f"predictions/{model}.parquet: {population} has no prediction for {(~finite).sum()} of "
                    f"{len(table)} posts, first pid {table.loc[~finite, 'pid'].iloc[0]}",
                    next_step="run `dvc repro`; models are compared on the same rows only",
                )
        tables[population] = table
    return tables


def score_all(tables: ScoredTables) -> ScoreTable:
    """Scores by population, model and split; validation pools the folds."""
    return {
        population: {
            model: {
                split: score(
                    table.loc[table["split"] == split, "observed"].to_numpy(np.float64),
                    table.loc[table["split"] == split, model].to_numpy(np.float64),
                )
                for split in SPLITS
            }
            for model in names_of(population)
        }
        for population, table in tables.items()
    }


def dictionary_gap(scores: dict[str, dict[str, Scores]]) -> dict[str, float | None]:
    """By how much the forest's rho is higher when its dictionaries saw every training label, of each split."""
    found: dict[str, float | None] = {}
    for split in SPLITS:
        naive, fair = scores[NAIVE][split].spearman, scores[FAIR][split].spearman
        found[split] = None if naive is None or fair is None else naive - fair
    return found


def as_json(profile: str, scores: ScoreTable) -> dict[str, Any]:
    """The content of metrics/evaluate.json."""
    gap = {"dictionary_gap": dictionary_gap(scores["all_posts"])} if "all_posts" in scores else {}
    return {
        "profile": profile,
        **gap,
        **{
            population: {
                model: {split: asdict(figures) for split, figures in splits.items()} for model, splits in models.items()
            }
            for population, models in scores.items()
        },
    }
