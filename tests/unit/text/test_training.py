"""The trainer of the shipped model, on a handful of sentences."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from tiny_training import SENTENCES, train_and_ask, train_and_save

from popularity.text.training import vectors
from popularity.text.training.corpora import WordVectors, classes_of
from popularity.text.training.train import GLOVE
from popularity.text.training.vectors import PREFIX, cut, vader_columns, write_pretrain

WORDS = ["a", "day", "good", "sad", "not", "n't", "very"]


@pytest.fixture
def pretrain(tmp_path: Path) -> Path:
    glove = WordVectors(WORDS, np.random.default_rng(1).normal(size=(len(WORDS), GLOVE)).astype(np.float32))
    write_pretrain(tmp_path / "vectors.pt", *cut(glove, SENTENCES, vader_columns()))
    return tmp_path / "vectors.pt"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[ProcessPoolExecutor]:
    """A process without TensorFlow."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        yield process


def test_mean_ratings_within_half_a_step_of_nought_are_neutral() -> None:
    assert classes_of(np.array([-4, -0.51, -0.5, 0, 0.5, 0.51, 4])).tolist() == [0, 0, 1, 1, 1, 2, 2]


def test_lists_say_what_a_word_feels_negates_and_intensifies() -> None:
    columns = vader_columns()
    assert columns["good"].tolist() == pytest.approx([1.9, 1.9, 0, 0])
    assert columns["sad"].tolist() == pytest.approx([-2.1, 2.1, 0, 0])
    assert columns["n't"].tolist() == [0, 0, 2, 0]
    assert columns["very"].tolist() == [0, 0, 0, 2]
    assert columns["barely"].tolist() == [0, 0, 0, -2]


def test_listed_words_come_before_used_ones_and_those_before_frequent_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "WORDS", 4)
    glove = WordVectors(["the", "of", "used", "good"], np.arange(4 * GLOVE, dtype=np.float32).reshape(4, GLOVE))
    words, rows = cut(glove, [["used", "unheard"]], {"good": np.ones(4, np.float32), "goodish": np.ones(4, np.float32)})
    assert words == ["good", "used", "the", "of"]
    assert (rows[:, :GLOVE] == glove.vectors[[3, 2, 0, 1]]).all()
    assert rows[:, GLOVE:].tolist() == [[1] * 4, [0] * 4, [0] * 4, [0] * 4]


def test_the_same_seed_gives_the_same_bytes_and_leaves_what_lists_say(
    tmp_path: Path, pretrain: Path, elsewhere: ProcessPoolExecutor
) -> None:
    files = [tmp_path / f"{place}.pt" for place in range(3)]
    trained = [
        elsewhere.submit(train_and_save, pretrain, seed, file) for seed, file in zip((1, 1, 2), files, strict=True)
    ]
    place, rows = trained[0].result()
    assert trained[2].result()
    first, again, other = (file.read_bytes() for file in files)
    assert first == again != other
    assert rows[place["good"]][GLOVE:].tolist() == pytest.approx([1.9, 1.9, 0, 0])
    assert not rows[0].any()
    assert place["a"] >= PREFIX


def test_chances_sum_to_one_and_of_nothing_are_neutral(pretrain: Path, elsewhere: ProcessPoolExecutor) -> None:
    chances = elsewhere.submit(train_and_ask, pretrain, [["good"], [], ["a", "sad", "day"]]).result()
    assert chances.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert chances[1].tolist() == [0, 1, 0]
