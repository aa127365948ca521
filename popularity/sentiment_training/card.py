"""The model card: words from card.md, tables from the figures."""

from pathlib import Path

import pandas as pd
from vaderSentiment.vaderSentiment import N_SCALAR

from popularity.sentiment_training.figures import SCORE_IN_VADERS_BAND, SCORE_ROUNDED
from popularity.sentiment_training.vectors import WORDS
from popularity.text.spelling import REACH

TEMPLATE = Path(__file__).with_name("card.md")
TESTS = ("held-out fifth", "left out", "other tweets")
COLUMNS = {"accuracy3": "accuracy, 3 classes", "f1_3": "macro F1, 3", "accuracy2": "accuracy, 2", "f1_2": "macro F1, 2"}
OUTSIDE = ("reviews", "films", "editorials")
"""Corpora whose words VADER's list was not made from."""


def model_card(figures: pd.DataFrame) -> str:
    """The whole card, in Markdown; figures: as `evaluate` gives them."""
    held_out, left_out, tweets = (figures[figures["test"] == test] for test in TESTS)
    everywhere = tweets.groupby("model", sort=False).mean(numeric_only=True).reset_index().assign(corpus="mean")
    accuracy, f1 = (tweets.pivot(index="corpus", columns="model", values=value) for value in ("accuracy3", "f1_3"))
    whole = held_out[(held_out["corpus"] == "all") & (held_out["model"] == "stanza_small")]
    outside = left_out[left_out["corpus"].isin(OUTSIDE)].groupby("model")["accuracy3"].mean()
    return TEMPLATE.read_text(encoding="utf-8").format(
        reach=REACH,
        factor=N_SCALAR,
        words=WORDS,
        held_out=_table(held_out),
        left_out=_table(left_out),
        tweets=_table(pd.concat([tweets, everywhere])),
        tweets_score=_short(accuracy[SCORE_ROUNDED].mean()),
        tweets_score_f1=_short(f1[SCORE_ROUNDED].mean()),
        tweets_narrow=_short(accuracy[SCORE_IN_VADERS_BAND].mean()),
        tweets_narrow_f1=_short(f1[SCORE_IN_VADERS_BAND].mean()),
        tweets_ours=_short(accuracy["stanza_small"].mean()),
        tweets_ours_f1=_short(f1["stanza_small"].mean()),
        tweets_vader=_short(accuracy["vader"].mean()),
        tweets_vader_f1=_short(f1["vader"].mean()),
        tweets_common=_short(accuracy["most common class"].mean()),
        tweets_common_f1=_short(f1["most common class"].mean()),
        above=_above(f1, "stanza_small"),
        above_score=_above(f1, SCORE_ROUNDED),
        ours=_short(outside["stanza_small"]),
        vader=_short(outside["vader"]),
        common=_short(outside["most common class"]),
        whole=_short(whole["accuracy3"].mean()),
    )


def _above(f1: pd.DataFrame, model: str) -> str:
    """The sources on which VADER is above the model."""
    return " and ".join(f1.index[f1["vader"] > f1[model]].str.capitalize()) or "no source"


def _table(figures: pd.DataFrame) -> str:
    """A row for each corpus and model, with mean and standard deviation where there are several seeds."""
    lines = [
        f"| corpus | neutral | model | {' | '.join(COLUMNS.values())} | says neutral |",
        f"|---|---|---|{'---|' * (len(COLUMNS) + 1)}",
    ]
    for (corpus, model), rows in figures.groupby(["corpus", "model"], sort=False):
        cells = [_cell(rows[name]) for name in COLUMNS]
        rated, said = _short(rows["neutral_rated"].mean()), _short(rows["neutral"].mean())
        lines.append(f"| {corpus} | {rated} | {model} | {' | '.join(cells)} | {said} |")
    return "\n".join(lines)


def _cell(values: "pd.Series[float]") -> str:
    mean = _short(values.mean())
    return f"{mean} ± {_short(values.std())}" if len(values) > 1 else mean


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
