"""The report's section on one population: its models' scores in tables, then how the best one predicts."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from popularity.catalogue import BASELINE, MODELS, NAIVE
from popularity.dataset.protocols import PAPER, PROTOCOLS
from popularity.evaluation import slices
from popularity.evaluation.figures import Figures
from popularity.evaluation.findings import Findings
from popularity.evaluation.intervals import LEVEL
from popularity.evaluation.scored import SPLITS, ScoreTable, hidden_split, models_of
from popularity.pages import charts, report_charts, spans
from popularity.pages.names import BASELINES
from popularity.pages.page import figure

PARTS = {
    "scores": "Scores",
    "protocols": "Under each protocol",
    "hidden": "Where one figure hides something",
    "predicted": "Predicted against observed",
    "calibration": "Do predictions mean what they say?",
    "sizes": "How sure, by what is known of the user",
    "hours": "Residual by hour of day",
    "time": "Residual over time",
    "modalities": "What each kind of evidence is worth",
}
"""Where a part of the section lies on the page -> its title, in order."""


def closer(model: str, figures: Figures) -> bool:
    """Whether a model errs less than the user's mean by more than chance; never said of one that saw the labels."""
    difference = figures.mae_difference
    return model != NAIVE and difference is not None and difference.high < 0


def population_section(name: str, table: pd.DataFrame, found: Findings) -> dict[str, Any]:
    """What the template shows of a population. table: scored, under the paper's protocol."""
    scores, models = found.scores[PAPER, name], models_of(table)
    chosen, judged, modalities = found.best[name], found.judged[name], found.modalities[name]
    drawn = [model for model in models if model == BASELINE or model not in BASELINES]
    hidden = hidden_split(table)
    rows = table[table["split"] == hidden]
    best = judged[chosen.model]
    return {
        "name": name,
        "parts": PARTS,
        "models": models,
        "scores": scores,
        "n": {split: scores[BASELINE][split].n for split in SPLITS},
        "chosen": chosen,
        "gain": found.gain if name == "posts_with_photo" else None,
        "closer": {(model, split) for model in models for split in SPLITS if closer(model, scores[model][split])},
        "hidden": hidden,
        "held": held(scores[chosen.model][hidden]),
        "sizes": slices.sizes_of(rows),
        "predicted": charts.predicted_against_observed(rows, drawn),
        "calibration": report_charts.calibration(judged),
        "tenths_inside": report_charts.shares_inside(best.tenths, [group.name for group in best.tenths]),
        "sizes_inside": report_charts.shares_inside(best.sizes, [group.name for group in best.sizes]),
        "groups": best,
        "by_hour": report_charts.residual_by_hour(judged),
        "residuals": charts.residual_over_time(rows, drawn),
        "modalities": None if modalities is None else modality_bars(modalities),
        **_protocols(name, found.scores),
    }


def held(found: Figures) -> str:
    """What a model's error means, and what its intervals hold, to be said of its name."""
    told = f"half of the posts are off by less than a factor of {figure(found.factor, 1)}."
    if found.coverage is None:
        return told
    new = "" if found.coverage_new_users is None else f", of those by new users {100 * found.coverage_new_users:.1f} %"
    return f"{told} Its {100 * LEVEL:.0f} % intervals hold {100 * found.coverage:.1f} % of the posts{new}."


def modality_bars(modalities: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Modality, by how much the MAE rises without it, and that in per cent of the largest; none falls below 0."""
    largest = max((*modalities.values(), 0.0)) or 1.0
    return [(name, rise, 100 * max(rise, 0.0) / largest) for name, rise in modalities.items()]


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
