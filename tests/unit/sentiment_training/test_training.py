"""The trainer of the shipped model, on a handful of sentences."""

from pathlib import Path

import numpy as np
import pytest

from popularity.sentiment_training import vectors
from popularity.sentiment_training.corpora import WordVectors, classes_of
from popularity.sentiment_training.train import GLOVE, save_classifier, train, vectors_of
from popularity.sentiment_training.vectors import KEPT_ROWS, cut, vader_columns, write_pretrain
from popularity.text.graded import chances_of

SENTENCES = [["a", "good", "day"], ["a", "sad", "day"], ["a", "day"]] * 20
LABELS = np.array([2, 0, 1] * 20)
WORDS = ["a", "day", "good", "sad", "not", "n't", "very"]


@pytest.fixture
def pretrain(tmp_path: Path) -> Path:
    glove = WordVectors(WORDS, np.random.default_rng(1).normal(size=(len(WORDS), GLOVE)).astype(np.float32))
    write_pretrain(tmp_path / "vectors.pt", *cut(glove, SENTENCES, vader_columns()))
    return tmp_path / "vectors.pt"


def test_mean_ratings_within_half_a_step_of_nought_are_neutral() -> None:
    assert classes_of(np.array([-4, -0.51, -0.5, 0, 0.5, 0.51, 4])).tolist() == [0, 0, 1, 1, 1, 2, 2]


def test_lists_say_what_a_word_feels_negates_and_intensifies() -> None:
    columns = vader_columns()
    assert columns["good"].tolist() == pytest.approx([1.9, 1.9, 0, 0])
    assert columns["sad"].tolist() == pytest.approx([-2.1, 2.1, 0, 0])
    assert columns["n't"].tolist() == [0, 0, 2, 0]
    assert columns["very"].tolist() == [0, 0, 0, 2]
    assert columns["barely"].tolist() == [0, 0, 0, -2]


def test_a_negated_word_feels_the_opposite_and_less_of_it() -> None:
    columns = vader_columns()
    assert columns["not_good"].tolist() == pytest.approx([-0.74 * 1.9, 0.74 * 1.9, 0, 0])
    assert columns["not_bad"][0] > 0
    assert not {"not_not", "not_no", "not_very"} & set(columns)


def test_listed_words_come_before_used_ones_and_those_before_frequent_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "WORDS", 5)
    glove = WordVectors(["the", "of", "used", "good"], 1 + np.arange(4 * GLOVE, dtype=np.float32).reshape(4, GLOVE))
    listed = {word: np.ones(4, np.float32) for word in ("good", "not_good", "</3")}
    words, rows = cut(glove, [["used", "unheard"]], listed)
    assert words == ["good", "not_good", "</3", "used", "the"]
    assert (rows[:, :GLOVE] == [*glove.vectors[[3, 3]], np.zeros(GLOVE), *glove.vectors[[2, 0]]]).all()
    assert rows[:, GLOVE:].tolist() == [[1] * 4, [1] * 4, [1] * 4, [0] * 4, [0] * 4]


def test_the_same_seed_gives_the_same_bytes_and_leaves_what_lists_say(tmp_path: Path, pretrain: Path) -> None:
    models = [train(SENTENCES, LABELS, pretrain, seed=seed) for seed in (1, 1, 2)]
    for place, model in enumerate(models):
        save_classifier(tmp_path / f"{place}.pt", model)
    first, again, other = (tmp_path.joinpath(f"{place}.pt").read_bytes() for place in range(3))
    assert first == again != other
    good = vectors_of(models[0])[models[0].emb_vocab["good"]]
    assert good[GLOVE:].tolist() == pytest.approx([1.9, 1.9, 0, 0])
    assert not vectors_of(models[0])[0].any()
    assert models[0].emb_vocab["a"] >= KEPT_ROWS


def test_chances_sum_to_one_and_of_nothing_are_neutral(pretrain: Path) -> None:
    chances = chances_of(train(SENTENCES, LABELS, pretrain, seed=1), [["good"], [], ["a", "sad", "day"]])
    assert chances.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert chances[1].tolist() == [0, 1, 0]
