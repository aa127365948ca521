"""reports/evaluation.html: one page that opens from disk, says what was found and how far to trust it.

Everything in it is escaped by Jinja2; it loads nothing from a network, and its bytes depend on its input alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from popularity.catalogue import BASELINE, MODELS, NAIVE, WITH_PHOTO, WITHOUT_PHOTO, names_of
from popularity.dataset.hindsight import MAY_HOLD_THE_POST
from popularity.dataset.joining import COPIES_A_TEST_POST
from popularity.dataset.table import POPULATIONS, Dataset
from popularity.encoders.dictionary import Dictionary
from popularity.evaluation import paper, slices
from popularity.evaluation.metrics import Scores
from popularity.evaluation.scored import SPLITS, ScoredTables, ScoreTable
from popularity.pages import charts, contact_sheet
from popularity.pages.contact_sheet import Picture
from popularity.pages.page import figure, render_page
from popularity.settings import Batch, Label

MODEL_NAMES = {model.name: model.title for model in MODELS}
POPULATION_NAMES = {"all_posts": "All posts", "posts_with_photo": "Posts with a photo"}
STRIP_NAMES = {
    "highest": "Predicted highest",
    "lowest": "Predicted lowest",
    "too_high": "Most wrong: predicted too high",
    "too_low": "Most wrong: predicted too low",
}
STRONGEST = 20
"""Tokens of each dictionary that are shown, each way."""
FIGURES = {"spearman": max, "mae": min, "mse": min}
"""Each figure of a table, and which end of it is best."""


@dataclass(frozen=True)
class Counts:
    """The stages' own metrics files: rows_in, rows_out, dropped (reason -> count)."""

    ingest: Mapping[str, Mapping[str, Any]]  # batch -> metrics
    filter_links: Mapping[str, Mapping[str, Any]]
    dataset: Mapping[str, Any]


def best_models(scores: Mapping[str, Mapping[str, Scores]], split: str, name: str) -> set[str]:
    """The models that share the best printed value of a column; none where there is no figure."""
    values = {
        model: round(value, 3)
        for model, splits in scores.items()
        if model != NAIVE and (value := getattr(splits[split], name)) is not None
    }
    return {model for model, value in values.items() if value == FIGURES[name](values.values())}


def verdict(population: str, scores: Mapping[str, Mapping[str, Scores]]) -> str:
    """Which model comes closest, held against the baseline on the same rows, and how close that is."""
    split = "test" if scores[BASELINE]["test"].n else "validation"
    errors = {m: s[split].mae for m, s in scores.items()}
    known = {m: e for m, e in errors.items() if e is not None and m != NAIVE}
    best = min(known, key=lambda m: known[m])
    rows = f"On {scores[best][split].n:,} {'test' if split == 'test' else 'validation'} rows"
    of = POPULATION_NAMES[population].lower()
    means = f"Half of the posts are off by less than a factor of {scores[best][split].factor:.1f}."
    if best == BASELINE:
        return f"{rows} of {of}, no model comes closer than the user's own mean (MAE {figure(known[best])}). {means}"
    change = 1 - known[best] / known[BASELINE]
    return (
        f"{rows} of {of}, {MODEL_NAMES[best]} comes closest: MAE {figure(known[best])} against "
        f"{figure(known[BASELINE])} for the user's mean alone, {change:.0%} less. {means}"
    )


def _photo_gain(scores: Mapping[str, Mapping[str, Scores]]) -> dict[str, float] | None:
    """What the photo adds, on the same test rows, else on the same validation rows; None where no model sees it."""
    if WITH_PHOTO not in scores:
        return None
    split = "test" if scores[BASELINE]["test"].n > 1 else "validation"
    with_photo, without = scores[WITH_PHOTO][split], scores[WITHOUT_PHOTO][split]
    if with_photo.spearman is None or without.spearman is None or with_photo.mae is None or without.mae is None:
        return None
    return {"spearman": with_photo.spearman - without.spearman, "mae": with_photo.mae - without.mae}


def _population(name: str, table: pd.DataFrame, scores: Mapping[str, Mapping[str, Scores]]) -> dict[str, Any]:
    models = names_of(name)
    test = table[table["split"] == "test"]
    return {
        "name": name,
        "models": models,
        "scores": scores,
        "n": {split: scores[BASELINE][split].n for split in SPLITS},
        "verdict": verdict(name, scores),
        "photo_gain": _photo_gain(scores),
        "best": {(split, f): best_models(scores, split, f) for split in SPLITS for f in FIGURES},
        "predicted": charts.predicted_against_observed(test, models) if len(test) else [],
        "residuals": charts.residual_over_time(test, models) if len(test) else [],
        "unseen": {m: slices.unseen_users(table, m) for m in models},
        "within": {(m, s): slices.within_user(table, m, s) for m in models for s in SPLITS},
        "top": {(m, s): slices.most_popular_tenth(table, m, s) for m in models for s in SPLITS},
    }


def _splits(dataset: Dataset) -> list[dict[str, Any]]:
    frame = dataset.frame
    return [
        {
            "batch": batch,
            **{split: int((rows["split"] == split).sum()) for split in ("train", "test", "pending")},
            "with_photo": int(rows["has_photo"].sum()),
            "posts": len(rows),
        }
        for batch, rows in frame.groupby("batch", sort=True)
    ]


def _drops(counts: Counts) -> list[dict[str, Any]]:
    stages = [
        *(("ingest", batch, metrics) for batch, metrics in counts.ingest.items()),
        *(("filter_links", batch, metrics) for batch, metrics in counts.filter_links.items()),
        ("dataset", "", counts.dataset),
    ]
    return [
        {
            "stage": stage,
            "batch": batch,
            "rows_in": metrics["rows_in"],
            "rows_out": metrics["rows_out"],
            "dropped": sorted(metrics["dropped"].items(), key=lambda item: (-item[1], item[0])),
        }
        for stage, batch, metrics in stages
    ]


def _importances(importances: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """A row a feature, most important first in the first population; width: per cent of the largest bar."""
    largest = max((value for shares in importances.values() for value in shares.values()), default=0.0) or 1.0
    features = {feature: None for shares in importances.values() for feature in shares}
    first = next(iter(importances.values()), {})
    return [
        {
            "feature": feature,
            "paper": paper.IMPORTANCES.get(feature),
            "bars": {
                p: (shares.get(feature, 0.0), 100 * shares.get(feature, 0.0) / largest)
                for p, shares in importances.items()
            },
        }
        for feature in sorted(features, key=lambda f: (-first.get(f, 0.0), f))
    ]


def render(
    *,
    dataset: Dataset,
    known_later: Sequence[str],
    observed: pd.DataFrame,
    tables: ScoredTables,
    scores: ScoreTable,
    batches: Mapping[str, Batch],
    label: Label,
    counts: Counts,
    importances: Mapping[str, Mapping[str, float]],
    dictionaries: Mapping[str, Dictionary],
    strips: Mapping[str, Sequence[Picture]] | None,
) -> str:
    """The page. observed, tables, scores: see `scored`; importances: population -> feature -> share.

    known_later: features that the models read, see `hindsight.seen_later`.

    dictionaries: score -> dictionary of all training rows. strips: see `contact_sheet`; None: photos must not be shown.
    """
    return render_page(
        "report.html",
        populations=[_population(name, tables[name], scores[name]) for name in POPULATIONS if name in tables],
        absent=[name for name in POPULATIONS if name not in tables],
        population_names=POPULATION_NAMES,
        model_names=MODEL_NAMES,
        baseline=BASELINE,
        naive=NAIVE,
        without_photo=WITHOUT_PHOTO,
        printed=paper.PRINTED,
        split_unstated=paper.SPLIT_UNSTATED,
        challenge=paper.CHALLENGE,
        demo_batches=[name for name, batch in batches.items() if batch.source == "demo"],
        batches=list(batches),
        unit=label.unit,
        labels=slices.labels_by_photo(observed),
        min_rows=slices.MIN_ROWS_OF_A_USER,
        splits=_splits(dataset),
        drops=_drops(counts),
        copies=counts.dataset["copies"],
        left_out=counts.dataset["dropped"].get(COPIES_A_TEST_POST, 0),
        doubts=[*counts.dataset["doubts"], *counts.dataset["doubts_with_photo"]],
        empty_columns=[*counts.dataset["empty"], *counts.dataset["constant"]],
        known_later=known_later,
        emptied=counts.dataset["emptied"],
        batches_left_out=counts.dataset["left_out"],
        may_hold_the_post=MAY_HOLD_THE_POST,
        importances=_importances(importances),
        strongest={name: one.strongest(STRONGEST) for name, one in dictionaries.items()},
        label_means={name: one.mean for name, one in dictionaries.items()},
        importance_populations=list(importances),
        chart=charts,
        sheet=contact_sheet,
        strips=strips,
        strip_names=STRIP_NAMES,
    )
