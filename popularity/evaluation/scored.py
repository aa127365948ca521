"""Predictions beside what was observed: under each protocol, for each population, the same rows for every model.

A scored table has one row a post, sorted by pid: pid, uid, batch, postdate, split ("validation": a training row,
predicted by a fit that did not learn from it; or "test", under the paper's protocol alone), observed, known (posts of
the user that were learned from), fit (number of the one that scored it), and a column of predictions of each model.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from popularity import catalogue
from popularity.catalogue import BASELINE, FAIR, NAIVE
from popularity.dataset.protocols import PAPER, PROTOCOLS, known_posts
from popularity.dataset.table import POPULATIONS, Dataset
from popularity.errors import UserError
from popularity.evaluation import intervals
from popularity.evaluation.best import Chosen
from popularity.evaluation.figures import Figures, figures_of
from popularity.settings import Protocols

T = TypeVar("T")

ALL = -1
"""The fit on all training posts, which scores test posts."""

SPLITS = ("validation", "test")

Place = tuple[str, str]
"""A protocol and a population."""
Predictions = dict[tuple[str, str, str], pd.Series]
"""Protocol, population and model -> predictions, index pid."""
ScoredTables = dict[Place, pd.DataFrame]
ScoreTable = dict[Place, dict[str, dict[str, Figures]]]
"""Place -> model -> split -> figures."""


def of_stage(model: str, table: pd.DataFrame) -> Predictions:
    """What a model's stage wrote under the paper's protocol. table: the columns of `posts.PREDICTIONS`."""
    parts = {
        population: table[table["population"] == population]
        for population in POPULATIONS
        if model in catalogue.names_of(population)
    }
    return {(PAPER, one, model): part.set_index("pid")["prediction"] for one, part in parts.items()}


def under_protocols(table: pd.DataFrame) -> Predictions:
    """Predictions under any protocol. table: the columns of `posts.UNDER_PROTOCOLS`."""
    found = table.groupby(["protocol", "population", "model"])
    return {(str(p), str(o), str(m)): rows.set_index("pid")["prediction"] for (p, o, m), rows in found}


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


def known_to_fits(dataset: Dataset, options: Protocols) -> dict[Place, pd.DataFrame]:
    """The training posts that each protocol scores: pid, known and fit, as in a scored table."""
    return {
        (protocol, name): known_posts(protocol, dataset.of(name), options)
        for protocol in PROTOCOLS
        for name in POPULATIONS
    }


def scored_tables(
    observed: pd.DataFrame, predictions: Predictions, known: Mapping[Place, pd.DataFrame]
) -> ScoredTables:
    """A scored table of each protocol and population that the baseline could be fitted on.

    observed: of `observed_posts`. known: of `known_to_fits`. A model that did not run a protocol is not in its table.
    Raises UserError where one that did lacks a row, or has one that is not finite: every model has the same n.
    """
    return {
        place: _scored_table(place, observed, predictions, known[place])
        for place in known
        if len(predictions.get((*place, BASELINE), ()))
    }


def _scored_table(place: Place, observed: pd.DataFrame, predictions: Predictions, known: pd.DataFrame) -> pd.DataFrame:
    protocol, population = place
    rows = observed if population == "all_posts" else observed[observed["has_photo"]]
    test = rows["split"] == "test"
    rows = rows[rows["pid"].isin(known["pid"]) | (test & (protocol == PAPER))]
    table = rows.drop(columns="has_photo").reset_index(drop=True)
    table["known"] = _known(table, known, observed)
    table["fit"] = table["pid"].map(known.set_index("pid")["fit"]).fillna(ALL).astype(np.int64)
    for model in catalogue.names_of(population):
        if (mine := predictions.get((*place, model))) is not None:
            table[model] = table["pid"].map(mine)
            _refuse_gaps(place, model, table)
    return table


def _known(table: pd.DataFrame, known: pd.DataFrame, observed: pd.DataFrame) -> "pd.Series[int]":
    """How many posts of its user were learned from before each row was scored: of test rows all training posts."""
    training = observed.loc[observed["split"] == "validation", "uid"].value_counts()
    of_all = table["uid"].map(training).fillna(0)
    counted = table["pid"].map(known.set_index("pid")["known"])
    found: pd.Series[int] = of_all.where(table["split"] == "test", counted).astype(np.int64)
    return found


def _refuse_gaps(place: Place, model: str, table: pd.DataFrame) -> None:
    protocol, population = place
    finite = np.isfinite(table[model].to_numpy(np.float64))
    if not finite.all():
        file = f"predictions/{model}.parquet" if protocol == PAPER else f"{model} under protocol {protocol}"
        raise UserError(
            f"{file}: {population} has no prediction for {(~finite).sum()} of {len(table)} posts, first pid "
            f"{table.loc[~finite, 'pid'].iloc[0]}",
            next_step="run `dvc repro`; models are compared on the same rows only",
        )


def of_protocol(protocol: str, tables: Mapping[Place, T]) -> dict[str, T]:
    """What there is of each population under a protocol."""
    return {population: table for (under, population), table in tables.items() if under == protocol}


def hidden_split(table: pd.DataFrame) -> str:
    """The split that models are judged by: test rows where there are any, else validation rows."""
    return "test" if (table["split"] == "test").any() else "validation"


def models_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The models that a scored table has predictions of, in the order of the catalogue."""
    return tuple(model.name for model in catalogue.MODELS if model.name in table.columns)


def score_all(tables: ScoredTables, seed: int) -> ScoreTable:
    """Figures by place, model and split; validation pools the fits. seed: of the draws of users.

    Raises UserError as `figures_of`.
    """
    found: ScoreTable = {}
    for place, table in tables.items():
        models = models_of(table)
        splits = {}
        for split in SPLITS if place[0] == PAPER else SPLITS[:1]:
            half_widths = {model: intervals.half_widths(tables, place, model, split) for model in models}
            splits[split] = figures_of(table[table["split"] == split], models, seed, half_widths)
        found[place] = {model: {split: splits[split][model] for split in splits} for model in models}
    return found


def dictionary_gap(scores: Mapping[str, Mapping[str, Figures]]) -> dict[str, float | None]:
    """By how much the forest's rho is higher when its dictionaries saw every training label, of each split."""
    found: dict[str, float | None] = {}
    for split in SPLITS:
        naive, fair = scores[NAIVE][split].spearman, scores[FAIR][split].spearman
        found[split] = None if naive is None or fair is None else naive - fair
    return found


def as_json(profile: str, tables: ScoredTables, scores: ScoreTable, best: Mapping[str, Chosen]) -> dict[str, Any]:
    """The content of metrics/evaluate.json. best: population -> the model chosen there.

    A model's entry has the widths of its intervals too, by which a bundle tells how sure a score is.
    """
    paper = of_protocol(PAPER, scores)
    gap = {"dictionary_gap": dictionary_gap(paper["all_posts"])} if "all_posts" in paper else {}
    under: dict[str, Any] = {}
    for (protocol, population), models in scores.items():
        figures = {model: asdict(splits["validation"]) for model, splits in models.items()}
        under.setdefault(protocol, {profile: {}})[profile][population] = figures
    return {
        "profile": profile,
        **gap,
        **{population: _splits(population, tables, models, best[population]) for population, models in paper.items()},
        "protocols": under,
    }


def _splits(
    population: str, tables: ScoredTables, models: Mapping[str, Mapping[str, Figures]], best: Chosen
) -> dict[str, Any]:
    """Every model's figures of both splits and its widths, and those of the best one under that name."""
    found: dict[str, dict[str, Any]] = {}
    for model, splits in models.items():
        widths = intervals.widths_of(tables, population, model)
        told = {split: asdict(figures) for split, figures in splits.items()}
        found[model] = told | {"half_widths": None if widths is None else widths.half}
    return found | {"best": {"model": best.model, "chosen_by": best.protocol, **found[best.model]}}
