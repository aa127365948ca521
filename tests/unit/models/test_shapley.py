"""What groups of columns are worth in any prediction are Shapley values, by their definition."""

import numpy as np
import pytest

from kit.shapley_definition import by_definition
from popularity.models.shapley import shapley, weights

GROUP = np.array([0, 2, 1, 0, 1])
RANDOM = np.random.default_rng(0)
X, BACKGROUND = RANDOM.normal(size=(6, 5)), RANDOM.normal(size=(9, 5))


def predict(rows):
    return rows[:, 0] * rows[:, 1] + np.exp(rows[:, 2]) * rows[:, 3] - rows[:, 4] ** 2


def test_each_is_the_shapley_value():
    worth, average = shapley(predict, X, BACKGROUND, GROUP)
    np.testing.assert_allclose(worth, [by_definition(predict, BACKGROUND, GROUP, row) for row in X], rtol=1e-9)
    assert average == predict(BACKGROUND).mean()


def test_they_sum_to_the_prediction_less_the_mean_of_the_background():
    worth, average = shapley(predict, X, BACKGROUND, GROUP)
    np.testing.assert_allclose(average + worth.sum(axis=1), predict(X), rtol=1e-9)


def test_a_row_is_worth_the_same_alone():
    whole, _ = shapley(predict, X, BACKGROUND, GROUP)
    np.testing.assert_array_equal(shapley(predict, X[3:4], BACKGROUND, GROUP)[0][0], whole[3])


def test_one_group_is_worth_all_of_it():
    worth, average = shapley(predict, X, BACKGROUND, np.zeros(5, dtype=np.int64))
    np.testing.assert_allclose(worth[:, 0], predict(X) - average)


def test_of_no_row_nothing_is_asked():
    assert shapley(predict, X[:0], BACKGROUND, GROUP)[0].shape == (0, 3)


@pytest.mark.parametrize("groups", [1, 2, 5])
def test_what_every_coalition_is_worth_alike_is_nobodys_and_what_each_adds_is_its_own(groups):
    assert weights(groups).sum(axis=1) == pytest.approx(np.zeros(groups))
    coalitions = np.arange(2**groups)
    for group in range(groups):
        of_one = weights(groups) @ (coalitions >> group & 1)
        assert of_one == pytest.approx(np.eye(groups)[group])
