"""Dictionaries: equal to a plain version, and blind to the labels of a row's own fold."""

from statistics import fmean

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popularity import settings
from popularity.encoders.dictionary import Bags, Dictionary, score_out_of_fold

OPTIONS = settings.Dictionary(min_count=2, smoothing=1.5)


def plain_score(own, others, options):
    """The definition, one post at a time. others: (tokens, label) of the posts that the dictionary may see."""
    mean = fmean(label for _, label in others) if others else 0.0

    def of_token(token):
        labels = [label for tokens, label in others if token in tokens]
        if len(labels) < options.min_count:
            return mean
        return (sum(labels) + options.smoothing * mean) / (len(labels) + options.smoothing)

    return fmean(map(of_token, own)) if own else mean


POSTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcdeé"), unique=True, max_size=4),
        st.floats(-10, 20),
        st.sampled_from([-1, 0, 1, 2]),
    ),
    min_size=1,
    max_size=15,
)


@given(posts=POSTS, min_count=st.integers(1, 3), smoothing=st.floats(0, 20))
def test_scores_equal_the_plain_definition(posts, min_count, smoothing):
    options = settings.Dictionary(min_count=min_count, smoothing=smoothing)
    tokens, labels, folds = (list(column) for column in zip(*posts, strict=True))
    fold = np.array(folds)
    train = fold >= 0
    label = np.where(train, labels, np.nan)

    scores, _ = score_out_of_fold(pd.Series(tokens, dtype=object), label, fold, train, options)

    for own, own_fold, score in zip(tokens, folds, scores, strict=True):
        others = [(t, y) for t, y, k in posts if k >= 0 and k != own_fold]
        assert score == pytest.approx(plain_score(own, others, options), abs=1e-9)


def some_posts(n=200, seed=1):
    rng = np.random.default_rng(seed)
    tokens = pd.Series([[f"t{i}" for i in rng.choice(12, rng.integers(0, 5), replace=False)] for _ in range(n)])
    fold = rng.integers(-1, 4, n)
    return tokens, rng.normal(6, 2, n), fold, fold >= 0


def test_score_of_a_training_row_ignores_every_label_of_its_own_fold():
    tokens, label, fold, train = some_posts()
    before, _ = score_out_of_fold(tokens, label, fold, train, OPTIONS)
    changed = np.where(fold == 2, label * 1.1 + 0.7, label)
    after, _ = score_out_of_fold(tokens, changed, fold, train, OPTIONS)
    assert (after[fold == 2] == before[fold == 2]).all()
    assert (after[fold == 1] != before[fold == 1]).any()


def test_rows_off_train_are_scored_by_all_training_rows_and_never_by_their_own_labels():
    tokens, label, fold, train = some_posts()
    scores, final = score_out_of_fold(tokens, np.where(train, label, np.nan), fold, train, OPTIONS)
    assert (scores[~train] == final.transform(Bags.of(tokens[~train]))).all()


def test_a_saved_dictionary_scores_as_before_and_is_sorted_by_token(tmp_path):
    tokens, label, fold, train = some_posts()
    _, final = score_out_of_fold(tokens, label, fold, train, OPTIONS)
    final.save(tmp_path / "tags.csv")
    again = Dictionary.load(tmp_path / "tags.csv", final.mean)
    assert (again.transform(Bags.of(tokens)) == final.transform(Bags.of(tokens))).all()
    assert list(again.tokens) == sorted(again.tokens)


def test_tokens_that_look_like_csv_or_like_nothing_come_back(tmp_path):
    tokens = sorted(["NA", "null", '"', ",", "a,b", "\u05e9", "#x", "1.0", "'", "=1"])
    before = Dictionary(pd.Index(tokens, dtype=object), np.arange(len(tokens)), np.linspace(0, 1 / 3, len(tokens)), 0.1)
    before.save(tmp_path / "tags.csv")
    after = Dictionary.load(tmp_path / "tags.csv", 0.1)
    assert list(after.tokens) == tokens
    assert (after.posts == before.posts).all()
    assert (after.score == before.score).all()


def test_the_strongest_tokens_each_way():
    four = Dictionary(pd.Index(["a", "b", "c", "d"], dtype=object), np.arange(4), np.array([3.0, 1, 5, 2]), 2.5)
    above, below = four.strongest(1)
    assert (above["token"].tolist(), below["token"].tolist()) == (["c"], ["b"])
    assert [len(part) for part in four.strongest(20)] == [2, 2]
