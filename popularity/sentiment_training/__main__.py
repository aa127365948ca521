"""`python -m popularity.sentiment_training` makes the model that ships; with `figures`, its card."""

import sys
from hashlib import sha256
from pathlib import Path

import pandas as pd

from popularity.errors import run
from popularity.files import replacing, write_json
from popularity.sentiment_training.card import model_card
from popularity.sentiment_training.corpora import read_snippets, read_vectors
from popularity.sentiment_training.figures import evaluate, evaluate_tweets
from popularity.sentiment_training.train import save_classifier, train, vectors_of
from popularity.sentiment_training.tweets import read_tweets
from popularity.sentiment_training.vectors import cut, vader_columns, write_pretrain
from popularity.settings import TextFeatures
from popularity.text.backends import stanza_small
from popularity.text.backends.stanza_small import SHIPPED
from popularity.text.cleaning import clean
from popularity.text.sentences import sentences
from popularity.text.spelling import respell
from popularity.text.words import words

PACKAGES = Path(".work/sentiment-model")
FIGURES = Path(__file__).with_name("figures.json")
SEED = 20181022


def main() -> None:
    """Read the packages, then train on all four corpora, or measure, and print and write the figures and the card."""
    snippets = read_snippets(PACKAGES)
    read = [[word for part in sentences(clean(text)) for word in words(part)] for text in snippets["text"]]
    vocabulary, vectors = cut(read_vectors(PACKAGES), read, vader_columns())
    known = frozenset(vocabulary)
    tokens = [respell(some, known) for some in read]
    start = PACKAGES / "vectors.pt"
    write_pretrain(start, vocabulary, vectors)
    if sys.argv[1:] == ["figures"]:
        _write_figures(pd.concat([evaluate(snippets, tokens, start), _of_tweets()], ignore_index=True))
        return
    model = train(tokens, snippets["label"].to_numpy(), start, seed=SEED)
    write_pretrain(SHIPPED / "vectors.pt", vocabulary, vectors_of(model).numpy())
    save_classifier(SHIPPED / "model.pt", model)


def shipped_files() -> dict[str, str]:
    """SHA-256 of the files of the model that ships."""
    return {name: sha256((SHIPPED / name).read_bytes()).hexdigest() for name in ("model.pt", "vectors.pt")}


def _of_tweets() -> pd.DataFrame:
    with stanza_small.open_with(stanza_small.Options()) as shipped:
        return evaluate_tweets(read_tweets(PACKAGES), shipped, TextFeatures().language_confidence, SEED)


def _write_figures(figures: pd.DataFrame) -> None:
    keys = ["test", "corpus", "model"]
    table = figures.drop(columns="seed").groupby(keys, sort=False).agg(["mean", "std"]).round(3)
    table.columns = pd.Index(["_".join(column) for column in table.columns])
    print(table.to_string())
    figures = figures.round(4)
    write_json(FIGURES, {"of": shipped_files(), "figures": figures.to_dict("records")})
    with replacing(SHIPPED / "MODEL_CARD.md") as temporary:
        temporary.write_text(model_card(figures), encoding="utf-8")


if __name__ == "__main__":
    run(main)
