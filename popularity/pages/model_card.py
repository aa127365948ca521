"""docs/model-card.md: what the best models are for, on whose posts they were measured, and where they fail."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from popularity.catalogue import BASELINE
from popularity.dataset.protocols import FORWARD, NEW_USERS, PAPER
from popularity.dataset.table import Dataset
from popularity.evaluation.figures import Figures
from popularity.evaluation.findings import Findings
from popularity.evaluation.groups import FEWEST, worst
from popularity.evaluation.intervals import LEVEL
from popularity.evaluation.slices import FEW_POSTS
from popularity.pages.digits import share
from popularity.pages.names import MODEL_NAMES, POPULATION_NAMES
from popularity.pages.page import render_page
from popularity.settings import Batch, Label

ROWS = (
    (PAPER, "test", "Test"),
    (PAPER, "validation", "Out of fold: random folds"),
    (FORWARD, "validation", "Out of fold: later posts"),
    (NEW_USERS, "validation", "Out of fold: users never seen"),
)
"""Protocol, split and name of each row of figures."""


def render(
    *,
    dataset: Dataset,
    profile: str,
    known_later: Collection[str],
    found: Findings,
    batches: Mapping[str, Batch],
    label: Label,
) -> str:
    """The card, in Markdown; the same bytes for the same content.

    profile: of features, and known_later those of it that are known only after posting, see `hindsight.seen_later`.
    batches: that data/dataset.parquet was made from.
    """
    made_up = [name for name, batch in batches.items() if batch.source == "demo"]
    text = render_page(
        "model_card.jinja",
        best=[(name, POPULATION_NAMES[name], MODEL_NAMES[chosen.model]) for name, chosen in found.best.items()],
        profile=profile,
        known_later=sorted(known_later),
        batches=[measured_on(str(name), rows) for name, rows in dataset.frame.groupby("batch", sort=True)],
        everything=measured_on("all", dataset.frame),
        made_up=made_up,
        all_made_up=len(made_up) == len(batches),
        unit=label.unit,
        of=label.of,
        level=share(LEVEL),
        figures={name: _figures(name, found) for name in found.best},
        failures={name: failures(name, found) for name in found.best},
        tested=bool((dataset.frame["split"] == "test").any()),
        hours_unknown=any(judged.hours is None for models in found.judged.values() for judged in models.values()),
        fewest=FEWEST,
        few_posts=FEW_POSTS,
        share=share,
    )
    return f"{text}\n"


def measured_on(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    """Posts, users and days of some rows of data/dataset.parquet."""
    days = pd.to_datetime(rows["postdate"], unit="s").dt.strftime("%Y-%m-%d")
    return {
        "name": name,
        "posts": len(rows),
        "labelled": int((rows["split"] != "pending").sum()),
        "with_photo": int(rows["has_photo"].sum()),
        "users": rows["uid"].nunique(),
        "first": days.min() if len(days) else None,
        "last": days.max() if len(days) else None,
    }


def _figures(population: str, found: Findings) -> list[tuple[str, Figures, Figures]]:
    """Name, the best model's figures and those of the user's mean, of each row that has posts."""
    model = found.best[population].model
    rows = []
    for protocol, split, name in ROWS:
        models = found.scores.get((protocol, population), {})
        if model in models and models[model][split].n:
            rows.append((name, models[model][split], models[BASELINE][split]))
    return rows


def failures(population: str, found: Findings) -> list[tuple[str, int, float]]:
    """Groups of posts with their number and the best model's MAE on them, the largest MAE first.

    They are those of the test posts, or of training posts where nothing is held out; users never seen are those of
    the protocol new_users.
    """
    model = found.best[population].model
    splits = found.scores[PAPER, population][model]
    figures = splits["test"] if splits["test"].n else splits["validation"]
    groups = found.judged[population][model]
    strangers = found.scores.get((NEW_USERS, population), {}).get(model, {}).get("validation")
    rows: list[tuple[str, int, float | None]] = [
        ("all posts", figures.n, figures.mae),
        ("the most popular tenth", -(-figures.n // 10), figures.mae_top_tenth),
        *((f"of users of whom {group.name} posts were learned from", group.n, group.mae) for group in groups.sizes),
    ]
    if strangers is not None:
        rows.append(("of users never seen (training posts)", strangers.n, strangers.mae))
    for told, some in (("the worst hour of the day, UTC: {}", groups.hours), ("the worst month: {}", groups.months)):
        if (group := worst(some or ())) is not None:
            rows.append((told.format(group.name), group.n, group.mae))
    return sorted([(name, n, mae) for name, n, mae in rows if mae is not None], key=lambda row: -row[2])
