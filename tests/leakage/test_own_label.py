"""No training row's own label reaches its features; a test row's features are its own."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from popularity.dataset.features import make_features
from popularity.dataset.table import Population
from popularity.evaluation.scored import uid_column
from popularity.models.baselines import UserMean
from popularity.models.out_of_fold import fit_out_of_fold
from popularity.settings import load_settings

N = 300


@pytest.fixture(scope="module")
def options():
    return load_settings().dataset


@pytest.fixture(scope="module")
def world():
    """posts, label, fold, train: every column filled, copies of nothing."""
    rng = np.random.default_rng(11)
    raw = ("commentcount", "haspeople", "titlelen", "deslen", "tagcount", "avgview", "groupcount")
    posts = pd.DataFrame({name: rng.poisson(20, N).astype(float) for name in (*raw, "avgmembercount")})
    posts["pid"] = np.arange(1, N + 1)
    posts["uid"] = rng.integers(1, 20, N)
    posts["postdate"] = rng.integers(10**9, 2 * 10**9, N)
    posts["sentiment"] = rng.uniform(0, 4, N)
    for name in ("tags", "title"):
        posts[name] = [[f"w{i}" for i in rng.choice(15, rng.integers(0, 6), replace=False)] for _ in range(N)]
    fold = rng.integers(-1, 5, N)
    return posts, np.where(fold >= 0, rng.normal(6, 2, N), np.nan), fold, fold >= 0


def with_one_label_changed(label, row):
    changed = label.copy()
    changed[row] += 3.21
    return changed


def test_features_of_a_training_row_ignore_its_own_label(world, options):
    posts, label, fold, train = world
    before = make_features(posts, label, fold, train, options).values
    for row in np.flatnonzero(train)[:25]:
        after = make_features(posts, with_one_label_changed(label, row), fold, train, options).values
        assert (after[row] == before[row]).all()
        assert (after[train] != before[train]).any()


def test_scores_made_without_a_fold_ignore_all_its_labels(world, options):
    posts, label, fold, train = world
    before = make_features(posts, label, fold, train, options).without
    inside = train & (fold == 2)
    after = make_features(posts, np.where(inside, -label, label), fold, train, options).without
    for name in ("tag_score", "title_score"):
        assert (after[2][name] == before[2][name]).all()
        assert (after[1][name] != before[1][name]).any()


def test_user_mean_of_a_training_row_ignores_its_own_label(world):
    posts, label, fold, train = world

    def user_means(labels):
        population = Population(
            name="all_posts",
            pid=posts["pid"].to_numpy(np.int64),
            uid=posts["uid"].to_numpy(np.int64),
            split=np.where(train, "train", "test"),
            fold=fold,
            label=labels,
            features=np.empty((N, 0)),
            feature_names=(),
            label_fitted={},
        )
        return fit_out_of_fold(population, partial(uid_column, population), UserMean, name="user").prediction

    before = user_means(label)
    for row in np.flatnonzero(train)[:5]:
        after = user_means(with_one_label_changed(label, row))
        assert after[row] == before[row]
        assert (after != before).any()


def test_features_of_a_test_row_are_the_same_alone_as_among_all(world, options):
    posts, label, fold, train = world
    among_all = make_features(posts, label, fold, train, options).values
    for row in np.flatnonzero(~train):
        alone = train.copy()
        alone[row] = True
        few = make_features(
            posts[alone].reset_index(drop=True), label[alone], fold[alone], train[alone], options
        ).values
        assert (few[np.flatnonzero(alone) == row] == among_all[row]).all()
