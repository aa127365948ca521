"""reports/evaluation.html: one page that opens from disk, says what was found and how far to trust it.

Everything in it is escaped by Jinja2; it loads nothing from a network, and its bytes depend on its input alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from popularity.catalogue import BASELINE, NAIVE, WITHOUT_PHOTO
from popularity.dataset.hindsight import MAY_HOLD_THE_POST
from popularity.dataset.joining import COPIES_A_TEST_POST
from popularity.dataset.table import POPULATIONS, Dataset
from popularity.encoders.dictionary import Dictionary
from popularity.evaluation import paper, slices
from popularity.evaluation.findings import Findings
from popularity.evaluation.intervals import LEVEL
from popularity.evaluation.vanished import Vanished
from popularity.pages import charts, opening, spans
from popularity.pages.contact_sheet import Picture
from popularity.pages.digits import share
from popularity.pages.names import BASELINES, MODEL_NAMES, POPULATION_NAMES, PROTOCOL_NAMES, SPLIT_NAMES
from popularity.pages.page import render_page
from popularity.pages.report_population import closer, population_section
from popularity.pages.vanished import HEADLINES
from popularity.settings import Batch, Label

STRIP_NAMES = {
    "highest": "Predicted highest",
    "lowest": "Predicted lowest",
    "too_high": "Most wrong: predicted too high",
    "too_low": "Most wrong: predicted too low",
}
STRONGEST = 20
"""Tokens of each dictionary that are shown, each way."""


@dataclass(frozen=True)
class Counts:
    """The stages' own metrics files: rows_in, rows_out, dropped (reason -> count)."""

    ingest: Mapping[str, Mapping[str, Any]]  # batch -> metrics
    filter_links: Mapping[str, Mapping[str, Any]]
    dataset: Mapping[str, Any]


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
    found: Findings,
    batches: Mapping[str, Batch],
    label: Label,
    counts: Counts,
    importances: Mapping[str, Mapping[str, float]],
    dictionaries: Mapping[str, Dictionary],
    strips: Mapping[str, Sequence[Picture]] | None,
) -> str:
    """The page. observed: see `scored`; tables: population -> scored table under the paper's protocol.

    gone: see `vanished`. importances: population -> feature -> share.

    known_later: features that the models read, see `hindsight.seen_later`.

    dictionaries: score -> dictionary of all training rows. strips: see `contact_sheet`; None: photos must not be shown.
    """
    return render_page(
        "report.html",
        opening=opening.sentences(found, label.unit),
        populations=[population_section(name, tables[name], found) for name in POPULATIONS if name in tables],
        absent=[name for name in POPULATIONS if name not in tables],
        population_names=POPULATION_NAMES,
        model_names=MODEL_NAMES,
        baseline=BASELINE,
        baselines=BASELINES,
        protocol_names=PROTOCOL_NAMES,
        split_names=SPLIT_NAMES,
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
        of=label.of,
        level=share(LEVEL),
        share=share,
        headlines=HEADLINES,
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
        sheet_model=found.best["posts_with_photo"].model if "posts_with_photo" in found.best else None,
        strips=strips,
        strip_names=STRIP_NAMES,
    )
