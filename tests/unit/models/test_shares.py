"""What columns are worth are Shapley values, by their definition."""

import numpy as np
import pytest

from kit.shapley_definition import by_definition
from popularity.models.shares import Shares
from popularity.models.trees import Trees
from popularity.settings import load_settings

OPTIONS = load_settings().train_boosted.model_copy(update={"trees": 20, "learning_rate": 0.3, "depth": 4})
GROUP = np.array([0, 0, 1, 2, 1])


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 5))
    X[random.random((200, 5)) < 0.1] = np.nan
    return X, np.nan_to_num(X[:, 0] * X[:, 2] + X[:, 3]) + random.normal(0, 0.1, 200)


@pytest.fixture(scope="module")
def trees(rows):
    return Trees.fit(*rows, OPTIONS, 1)


def test_each_is_the_shapley_value(rows, trees):
    X, _ = rows
    found = Shares(trees, GROUP, 3).of(X[:5])
    for row, worth in zip(X[:5], found, strict=True):
        np.testing.assert_allclose(worth, by_definition(trees.predict, X, GROUP, row), atol=1e-9)


def test_they_sum_to_the_prediction_less_the_mean(rows, trees):
    X, _ = rows
    predicted = trees.predict(X)
    np.testing.assert_allclose(Shares(trees, GROUP, 3).of(X).sum(axis=1), predicted - predicted.mean(), atol=1e-9)


def test_a_group_that_no_tree_asks_about_is_worth_nothing(rows, trees):
    assert (Shares(trees, GROUP + 1, 5).of(rows[0])[:, [0, 4]] == 0).all()


def test_a_row_is_worth_the_same_alone(rows, trees):
    shares, X = Shares(trees, GROUP, 3), rows[0]
    np.testing.assert_array_equal(shares.of(X[7:8])[0], shares.of(X)[7])


def test_a_model_without_trees_says_nothing():
    X = np.ones((30, 5))
    assert (Shares(Trees.fit(X, np.zeros(30), OPTIONS, 1), GROUP, 3).of(X) == 0).all()
