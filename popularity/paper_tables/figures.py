"""What the tables of one set are made of: figures of its models, and how far two of them differ on the same posts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity import catalogue, paths
from popularity.catalogue import BASELINE
from popularity.dataset.protocols import PAPER, known_posts
from popularity.dataset.table import POPULATIONS, Dataset, read_dataset
from popularity.errors import UserError
from popularity.evaluation import scored
from popularity.evaluation.figures import difference
from popularity.evaluation.metrics import Scores, score
from popularity.files import read_json
from popularity.models.baselines import MeanOfUser
from popularity.models.evidence import evidence_of
from popularity.models.out_of_fold import fit_out_of_fold
from popularity.paper_tables.dense import NAME, STAGE
from popularity.posts import read_table
from popularity.settings import load_settings

Tables = dict[str, pd.DataFrame]
"""Population -> a scored table, see `evaluation.scored`."""
Splits = dict[str, Scores]
"""validation and test -> figures."""

BEFORE = "_before"
"""Ends the name of a model that sees what is known before a post is out, beside the same in `paper14`."""
PAIRS = {
    "all_posts": (("rf_naive", "rf"), ("cnn", NAME), (f"rf{BEFORE}", "rf"), (f"cnn{BEFORE}", "cnn")),
    "posts_with_photo": (("multimodal", "cnn"), ("multimodal", "image")),
}
"""Of each population the models that are compared: the first less the second."""


@dataclass(frozen=True)
class Change:
    """By how much one model's figures lie above another's on the same posts; low, high: 95 % of the MAE's, over users.

    None where there is no such figure: a rho of one thing said of all posts, an interval of fewer than two users.
    """

    rho: float | None
    mae: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SetFigures:
    """All figures of one set, which has all posts and may have posts with a photo."""

    name: str
    users: int
    posts: int  # labelled, of both splits
    with_photo: int
    own: dict[str, dict[str, Splits]]  # population -> model -> figures in paper14, the models of BEFORE too
    newest: dict[str, Splits]  # model -> figures of all posts in paper14, tested on the newest fifth by date
    changes: dict[str, dict[tuple[str, str], dict[str, Change]]]  # population -> pair of models -> split
    importances: dict[str, dict[str, float]]  # population -> feature -> share
    weights: dict[str, int]  # of the two networks, cnn and dense
    emptied: bool  # whether the models of BEFORE lack avgview too, which was read at the crawl
    seconds: dict[str, dict[str, float]]  # variant -> stage that ran -> how long


def scored_tables(models: Iterable[str]) -> Tables:
    """Predictions of these models, and of the user's mean, in the current folder beside what was observed."""
    settings, dataset = load_settings(), read_dataset(paths.DATASET)
    predictions: scored.Predictions = {}
    for name in models:
        predictions |= scored.of_stage(name, read_table(paths.predictions(name)))
    for population in POPULATIONS:
        predictions |= _user_mean(dataset, population)
    known = {(PAPER, name): known_posts(PAPER, dataset.of(name), settings.protocols) for name in POPULATIONS}
    observed = scored.observed_posts(dataset, read_table(paths.TEST_LABELS))
    tables = scored.of_protocol(PAPER, scored.scored_tables(observed, predictions, known))
    if NAME in models and "all_posts" in tables:
        of_all = read_table(paths.predictions(NAME)).set_index("pid")["prediction"]
        tables["all_posts"][NAME] = tables["all_posts"]["pid"].map(of_all)
    return tables


def _user_mean(dataset: Dataset, name: str) -> scored.Predictions:
    population = dataset.of(name)
    fit = fit_out_of_fold(population, evidence_of(dataset), MeanOfUser, name=BASELINE)
    return {} if fit.model is None else {(PAPER, name, BASELINE): pd.Series(fit.prediction, population.pid)}


def figures_of_set(
    name: str,
    *,
    own: Tables,
    before: Tables,
    newest: Tables,
    told: Mapping[str, Mapping[str, float]],
    weights: Mapping[str, int],
    emptied: bool,
    seconds: Mapping[str, Mapping[str, float]],
    seed: int,
) -> SetFigures:
    """Figures of the scored tables of three runs. told: importances. seed: of the draws of users.

    Raises UserError where nothing could be trained.
    """
    together = {population: _beside(table, before[population]) for population, table in own.items()}
    if "all_posts" not in together:
        raise UserError(f"{name} has too few labelled posts to train on", next_step="name a set of more posts")
    all_posts = together["all_posts"]
    return SetFigures(
        name=name,
        users=int(all_posts["uid"].nunique()),
        posts=len(all_posts),
        with_photo=len(together.get("posts_with_photo", ())),
        own={population: _scores(table) for population, table in together.items()},
        newest=_scores(newest["all_posts"]) if "all_posts" in newest else {},
        changes={
            population: {pair: _changes(table, pair, seed) for pair in PAIRS[population]}
            for population, table in together.items()
        },
        importances={population: dict(shares) for population, shares in told.items()},
        weights=dict(weights),
        emptied=emptied,
        seconds={variant: dict(stages) for variant, stages in seconds.items()},
    )


def read_told() -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """The forest's importances and the weights of both networks, as their stages in the current folder wrote them."""
    return read_json(paths.metrics("train_rf"))["importances"], read_json(paths.metrics(STAGE))


def read_emptied() -> bool:
    """Whether the dataset in the current folder left columns empty that may hold the post itself."""
    return bool(read_json(paths.metrics("dataset"))["emptied"])


def _beside(table: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """A scored table with the models of another run on the same posts, under names of their own."""
    others = before.set_index("pid")[[model for model in before if model in _MODELS and model != BASELINE]]
    return table.join(others.add_suffix(BEFORE), on="pid")


_MODELS = {model.name for model in catalogue.MODELS} | {NAME}


def _scores(table: pd.DataFrame) -> dict[str, Splits]:
    models = [name for name in map(str, table.columns) if name.removesuffix(BEFORE) in _MODELS]
    parts = {split: table[table["split"] == split] for split in scored.SPLITS}
    return {
        model: {
            split: score(rows["observed"].to_numpy(np.float64), rows[model].to_numpy(np.float64))
            for split, rows in parts.items()
        }
        for model in models
    }


def _changes(table: pd.DataFrame, pair: tuple[str, str], seed: int) -> dict[str, Change]:
    found = {}
    for split in scored.SPLITS:
        rows = table[table["split"] == split]
        if len(rows):
            found[split] = change(rows, *pair, seed)
    return found


def change(rows: pd.DataFrame, one: str, other: str, seed: int) -> Change:
    """The figures of one model less those of another on at least one post. rows: of a scored table."""
    observed = rows["observed"].to_numpy(np.float64)
    ours, theirs = (rows[model].to_numpy(np.float64) for model in (one, other))
    found = difference(rows, one, other, seed)
    low, high = (None, None) if found is None else (found.low, found.high)
    rho, beside = score(observed, ours).spearman, score(observed, theirs).spearman
    mae = float((np.abs(ours - observed) - np.abs(theirs - observed)).mean())
    return Change(None if rho is None or beside is None else rho - beside, mae, low, high)
