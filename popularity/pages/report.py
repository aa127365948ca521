"""reports/evaluation.html: one page that opens from disk, says what was found and how far to trust it.

Everything in it is escaped by Jinja2; it loads nothing from a network, and its bytes depend on its input alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from popularity.catalogue import BASELINE, MODELS, NAIVE, WITH_PHOTO, WITHOUT_PHOTO
from popularity.dataset.hindsight import MAY_HOLD_THE_POST
from popularity.dataset.joining import COPIES_A_TEST_POST
from popularity.dataset.protocols import PAPER, PROTOCOLS
from popularity.dataset.table import POPULATIONS, Dataset
from popularity.encoders.dictionary import Dictionary
from popularity.evaluation import paper, slices
from popularity.evaluation.best import Chosen
from popularity.evaluation.figures import Figures
from popularity.evaluation.intervals import LEVEL
from popularity.evaluation.scored import SPLITS, ScoreTable, models_of
from popularity.evaluation.vanished import Vanished
from popularity.pages import charts, spans
from popularity.pages.contact_sheet import Picture
from popularity.pages.page import figure, render_page, signed
from popularity.settings import Batch, Label

MODEL_NAMES = {model.name: model.title for model in MODELS}
BASELINES = [model.name for model in MODELS if model.role == "baseline"]
POPULATION_NAMES = {"all_posts": "All posts", "posts_with_photo": "Posts with a photo"}
STRIP_NAMES = {
    "highest": "Predicted highest",
    "lowest": "Predicted lowest",
    "too_high": "Most wrong: predicted too high",
    "too_low": "Most wrong: predicted too low",
}
STRONGEST = 20
"""Tokens of each dictionary that are shown, each way."""
PROTOCOL_NAMES = {"paper": "Random folds", "forward": "Forward", "new_users": "New users"}


@dataclass(frozen=True)
class Counts:
    """The stages' own metrics files: rows_in, rows_out, dropped (reason -> count)."""

    ingest: Mapping[str, Mapping[str, Any]]  # batch -> metrics
    filter_links: Mapping[str, Mapping[str, Any]]
    dataset: Mapping[str, Any]


def closer(model: str, figures: Figures) -> bool:
    """Whether a model errs less than the user's mean by more than chance; never said of one that saw the labels."""
    difference = figures.mae_difference
    return model != NAIVE and difference is not None and difference.high < 0


def verdict(population: str, scores: Mapping[str, Mapping[str, Figures]], chosen: Chosen) -> str:
    """What the best model is worth beside the user's mean on the same rows: closer, no different, or worse."""
    split = "test" if scores[BASELINE]["test"].n else "validation"
    best, baseline = scores[chosen.model][split], scores[BASELINE][split]
    told = f"MAE {figure(best.mae)} against {figure(baseline.mae)} for the user's mean alone"
    difference = best.mae_difference
    if difference is None:
        said = f"has {told}; posts of one user do not tell what chance makes of that"
    else:
        how = (
            "comes closer than the user's mean" if difference.high < 0
            else "is worse than the user's mean" if difference.low > 0
            else "is no different from the user's mean"
        )  # fmt: skip
        interval = f"95 %: {signed(difference.low, 3)} to {signed(difference.high, 3)}"
        said = f"{how}: {told}, a difference of {signed(difference.mae, 3)} ({interval})"
    return (
        f"On {best.n:,} {split} rows of {POPULATION_NAMES[population].lower()}, {MODEL_NAMES[chosen.model]} {said}. "
        f"Half of the posts are off by less than a factor of {best.factor:.1f}.{_held(best)}"
    )


def _held(best: Figures) -> str:
    """What a model's intervals hold; "" where it has none."""
    if best.coverage is None:
        return ""
    new = "" if best.coverage_new_users is None else f", of those by new users {100 * best.coverage_new_users:.1f} %"
    return f" Its {100 * LEVEL:.0f} % intervals hold {100 * best.coverage:.1f} % of the posts{new}."


def _photo_gain(scores: Mapping[str, Mapping[str, Figures]]) -> dict[str, float] | None:
    """What the photo adds, on the same test rows, else on the same validation rows; None where no model sees it."""
    if WITH_PHOTO not in scores:
        return None
    split = "test" if scores[BASELINE]["test"].n > 1 else "validation"
    with_photo, without = scores[WITH_PHOTO][split], scores[WITHOUT_PHOTO][split]
    if with_photo.spearman is None or without.spearman is None or with_photo.mae is None or without.mae is None:
        return None
    return {"spearman": with_photo.spearman - without.spearman, "mae": with_photo.mae - without.mae}


def _population(name: str, table: pd.DataFrame, every: ScoreTable, chosen: Chosen) -> dict[str, Any]:
    scores, models = every[PAPER, name], models_of(table)
    drawn = [model for model in models if model == BASELINE or model not in BASELINES]
    test = table[table["split"] == "test"]
    hidden = "test" if len(test) else "validation"
    return {
        "name": name,
        "models": models,
        "scores": scores,
        "n": {split: scores[BASELINE][split].n for split in SPLITS},
        "chosen": chosen,
        "verdict": verdict(name, scores, chosen),
        "photo_gain": _photo_gain(scores),
        "closer": {(model, split) for model in models for split in SPLITS if closer(model, scores[model][split])},
        "predicted": charts.predicted_against_observed(test, drawn) if len(test) else [],
        "residuals": charts.residual_over_time(test, drawn) if len(test) else [],
        "hidden": hidden,
        "sizes": slices.sizes_of(table[table["split"] == hidden]),
        **_protocols(name, every),
    }


def _protocols(population: str, every: ScoreTable) -> dict[str, Any]:
    """What the models' training rows say under each protocol that was run."""
    under = {
        protocol: {model: splits["validation"] for model, splits in every[protocol, population].items()}
        for protocol in PROTOCOLS
        if (protocol, population) in every
    }
    models = [model.name for model in MODELS if any(model.name in found for found in under.values())]
    return {
        "protocols": under,
        "protocol_models": models,
        "spans": spans.draw_spans(under, [model for model in models if model != NAIVE]),
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
    gone: Vanished,
    tables: Mapping[str, pd.DataFrame],
    scores: ScoreTable,
    best: Mapping[str, Chosen],
    batches: Mapping[str, Batch],
    label: Label,
    counts: Counts,
    importances: Mapping[str, Mapping[str, float]],
    dictionaries: Mapping[str, Dictionary],
    strips: Mapping[str, Sequence[Picture]] | None,
) -> str:
    """The page. observed, scores: see `scored`; tables: population -> scored table under the paper's protocol.

    gone: see `vanished`. best: see `best.choose`. importances: population -> feature -> share.

    known_later: features that the models read, see `hindsight.seen_later`.

    dictionaries: score -> dictionary of all training rows. strips: see `contact_sheet`; None: photos must not be shown.
    """
    return render_page(
        "report.html",
        populations=[_population(name, tables[name], scores, best[name]) for name in POPULATIONS if name in tables],
        absent=[name for name in POPULATIONS if name not in tables],
        population_names=POPULATION_NAMES,
        model_names=MODEL_NAMES,
        baseline=BASELINE,
        baselines=BASELINES,
        protocol_names=PROTOCOL_NAMES,
        closer=closer,
        naive=NAIVE,
        without_photo=WITHOUT_PHOTO,
        printed=paper.PRINTED,
        split_unstated=paper.SPLIT_UNSTATED,
        challenge=paper.CHALLENGE,
        demo_batches=[name for name, batch in batches.items() if batch.source == "demo"],
        batches=list(batches),
        unit=label.unit,
        labels=slices.labels_by_photo(observed),
        gone=gone,
        min_rows=slices.MIN_ROWS_OF_A_USER,
        few_posts=slices.FEW_POSTS,
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
        spans=spans,
        sheet_model=best["posts_with_photo"].model if "posts_with_photo" in best else None,
        strips=strips,
        strip_names=STRIP_NAMES,
    )
