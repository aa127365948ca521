"""The model card: words from card.md, tables from the figures."""

from pathlib import Path

import pandas as pd
from vaderSentiment.vaderSentiment import N_SCALAR

from popularity.text.spelling import REACH
from popularity.text.training.vectors import WORDS

TEMPLATE = Path(__file__).with_name("card.md")
COLUMNS = {"accuracy3": "accuracy, 3 classes", "f1_3": "macro F1, 3", "accuracy2": "accuracy, 2", "f1_2": "macro F1, 2"}
OUTSIDE = ("reviews", "films", "editorials")
"""Corpora whose words VADER's list was not made from."""


def model_card(figures: pd.DataFrame) -> str:
    """The whole card, in Markdown; figures: as `evaluate` gives them."""
    held_out, left_out = (figures[figures["test"] == test] for test in ("held-out fifth", "left out"))
    whole = held_out[(held_out["corpus"] == "all") & (held_out["model"] == "stanza-small")]
    outside = left_out[left_out["corpus"].isin(OUTSIDE)].groupby("model")["accuracy3"].mean()
    return TEMPLATE.read_text(encoding="utf-8").format(
        reach=REACH,
        factor=N_SCALAR,
        words=WORDS,
        held_out=_table(held_out),
        left_out=_table(left_out),
        ours=_short(outside["stanza-small"]),
        vader=_short(outside["vader"]),
        common=_short(outside["most common class"]),
        whole=_short(whole["accuracy3"].mean()),
    )


def _table(figures: pd.DataFrame) -> str:
    """A row for each corpus and model, mean and standard deviation over the seeds."""
    lines = [
        f"| corpus | neutral | model | {' | '.join(COLUMNS.values())} | says neutral |",
        f"|---|---|---|{'---|' * (len(COLUMNS) + 1)}",
    ]
    for (corpus, model), rows in figures.groupby(["corpus", "model"], sort=False):
        cells = [f"{_short(rows[name].mean())} ± {_short(rows[name].std())}" for name in COLUMNS]
        rated, said = _short(rows["neutral_rated"].mean()), _short(rows["neutral"].mean())
        lines.append(f"| {corpus} | {rated} | {model} | {' | '.join(cells)} | {said} |")
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
