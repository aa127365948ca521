"""How well the small model does on texts that it was not trained on, beside VADER and the most common class."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import f1_score

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.sentiment_training.train import train
from popularity.text.cleaning import clean
from popularity.text.graded import NEUTRAL, Graded, chances_of
from popularity.text.language import OTHER, tell
from popularity.text.sentences import sentences

SEEDS = (1, 2, 3)
HELD_OUT = 0.2
VADER_BAND = 0.05
"""VADER's own: a compound score nearer to 0 is neutral."""
SCORE_ROUNDED = "stanza_small, score rounded"
SCORE_IN_VADERS_BAND = "stanza_small, VADER's band"
Tokens = Sequence[Sequence[str]]
Floats = npt.NDArray[np.float32] | FloatArray


def evaluate(snippets: pd.DataFrame, tokens: Tokens, pretrain: Path, seeds: Sequence[int] = SEEDS) -> pd.DataFrame:
    """One row per test, corpus, model and seed.

    Columns accuracy3, f1_3, accuracy2, f1_2, neutral (share said), neutral_rated (share of snippets), n.

    test `held-out fifth`: trained on four fifths of all corpora. test `left out`: trained on the three others.
    Two-class figures are on snippets that are not neutral: a score above the middle is positive, any other negative.
    """
    label = snippets["label"].to_numpy(np.int64)
    vader = _vader(snippets["text"])
    rows: list[dict[str, Any]] = []
    for seed in seeds:
        for test, unseen in _splits(snippets, seed):
            model = train(_pick(tokens, ~unseen), label[~unseen], pretrain, seed=seed)
            chances = chances_of(model, _pick(tokens, unseen))
            common = int(np.bincount(label[~unseen]).argmax())
            said = _said(chances, vader[unseen], common)
            corpus = snippets["corpus"].to_numpy()[unseen]
            for name in ("all", *np.unique(corpus)) if test == "held-out fifth" else np.unique(corpus):
                rows_of = np.full(len(corpus), True) if name == "all" else corpus == name
                for model_name, (classes, difference) in said.items():
                    scores = _scores(label[unseen][rows_of], classes[rows_of], difference[rows_of])
                    rows.append({"test": test, "corpus": name, "model": model_name, "seed": seed, **scores})
    return pd.DataFrame(rows)


def evaluate_tweets(tweets: pd.DataFrame, graded: Graded, confidence: float, seed: int) -> pd.DataFrame:
    """Rows as of `evaluate`, test `other tweets`: each source's tweets as the shipped model reads a description.

    Two further models are its score, which is all that a command prints, made a class by a band: SCORE_ROUNDED takes
    the nearest of Stanford's five classes, and SCORE_IN_VADERS_BAND shows what a band too narrow does.
    confidence: above which a text counts as not English; seed: the model's. The most common class is the source's own.
    """
    rows: list[dict[str, Any]] = []
    for corpus in tweets["corpus"].unique():
        texts, label = (tweets.loc[tweets["corpus"] == corpus, column] for column in ("text", "label"))
        chances = chances_of_texts(graded, texts.tolist(), confidence)
        said = _said_by_score(chances) | _said(chances, _vader(texts), int(label.mode()[0]))
        for model, (classes, difference) in said.items():
            scores = _scores(label.to_numpy(np.int64), classes, difference)
            rows.append({"test": "other tweets", "corpus": corpus, "model": model, "seed": seed, **scores})
    return pd.DataFrame(rows)


def chances_of_texts(graded: Graded, texts: Sequence[str], confidence: float) -> FloatArray:
    """Probabilities of negative, neutral and positive, shape (n, 3): the mean over a text's sentences.

    As `Sentiment` reads them among English texts: neutral where there is nothing to read, or the text is not English.
    """
    cleaned = [clean(text) for text in texts]
    parts = [sentences(text) if tell(text, confidence) != OTHER else [] for text in cleaned]
    chances = graded.chances([part for of_text in parts for part in of_text])
    of_texts = np.split(chances, np.cumsum([len(of_text) for of_text in parts])[:-1])
    return np.array([some.mean(axis=0) if len(some) else (0, 1, 0) for some in of_texts], dtype=np.float64)


def _splits(snippets: pd.DataFrame, seed: int) -> Iterator[tuple[str, BoolArray]]:
    yield "held-out fifth", np.random.default_rng(seed).random(len(snippets)) < HELD_OUT
    for corpus in snippets["corpus"].unique():
        yield "left out", (snippets["corpus"] == corpus).to_numpy()


def _pick(tokens: Tokens, mask: BoolArray) -> list[Sequence[str]]:
    return [words for words, wanted in zip(tokens, mask, strict=True) if wanted]


def _vader(texts: "pd.Series[str]") -> FloatArray:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts])


def _said(chances: Floats, compound: FloatArray, common: int) -> dict[str, tuple[IntArray, Floats]]:
    """Each model's classes and how much more positive than negative it is, both of shape (n,)."""
    return {
        "stanza_small": (chances.argmax(axis=1), chances[:, 2] - chances[:, 0]),
        "vader": _classes(compound),
        "most common class": (np.full(len(compound), common), np.full(len(compound), common - 1.0)),
    }


def _said_by_score(chances: FloatArray) -> dict[str, tuple[IntArray, Floats]]:
    difference = chances[:, 2] - chances[:, 0]
    rounded = np.rint(NEUTRAL + 2 * difference)  # halves to the even class: 1.5 and 2.5 are neutral
    return {
        SCORE_ROUNDED: (1 + np.sign(rounded - NEUTRAL).astype(np.int64), difference),
        SCORE_IN_VADERS_BAND: _classes(difference),
    }


def _classes(compound: FloatArray) -> tuple[IntArray, FloatArray]:
    return 1 + (compound >= VADER_BAND).astype(np.int64) - (compound <= -VADER_BAND), compound


def _scores(label: IntArray, classes: IntArray, difference: Floats) -> dict[str, float]:
    felt = label != 1
    positive, said = label[felt] == 2, difference[felt] > 0
    return {
        "accuracy3": float((classes == label).mean()),
        "f1_3": float(f1_score(label, classes, labels=[0, 1, 2], average="macro", zero_division=0)),
        "accuracy2": float((positive == said).mean()),
        "f1_2": float(f1_score(positive, said, labels=[False, True], average="macro", zero_division=0)),
        "neutral": float((classes == 1).mean()),
        "neutral_rated": float((label == 1).mean()),
        "n": len(label),
    }
