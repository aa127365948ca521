"""Which rows a model saw that predicts another."""

import numpy as np
import pytest

from popularity.dataset.table import Population
from popularity.models.out_of_fold import fit_out_of_fold, predict_without

FOLDS = np.repeat([0, 1, 2, 3, -1], 3)
POPULATION = Population(
    name="all_posts",
    pid=np.arange(15),
    uid=np.zeros(15, np.int64),
    split=np.where(FOLDS >= 0, "train", "test"),
    fold=FOLDS,
    label=np.where(FOLDS >= 0, 2.0**FOLDS, np.nan),  # a sum of labels tells which folds are in it
    features=np.empty((15, 0)),
    feature_names=(),
    label_fitted={},
)


class Seen:
    """Predicts which folds it saw, as the sum of 2 ** fold."""

    def fit(self, X, y):
        self.folds = np.unique(y).sum()

    def predict(self, X):
        return np.full(len(X), self.folds)

    def save(self, folder):
        raise AssertionError("not saved here")


def nothing(_):
    return np.empty((15, 1))


def test_a_training_row_is_predicted_without_its_fold_and_others_with_all():
    prediction = fit_out_of_fold(POPULATION, nothing, Seen, name="seen").prediction
    train = FOLDS >= 0
    np.testing.assert_array_equal(prediction[train], 15 - 2.0 ** FOLDS[train])
    np.testing.assert_array_equal(prediction[~train], 15)


def test_two_folds_are_left_out_of_every_prediction_without_one():
    table = predict_without(POPULATION, nothing(None), Seen, name="seen")
    own = FOLDS[table["pid"]]
    assert len(table) == 4 * 3 * 3
    np.testing.assert_array_equal(table["prediction"], 15 - 2.0**own - 2.0 ** table["fold"])
    assert (own != table["fold"]).all()


@pytest.mark.parametrize("folds", [0, 1, 2])
def test_with_fewer_than_three_folds_nothing_can_be_left_out_twice(folds):
    few = np.where(np.isin(FOLDS, range(folds)), FOLDS, -1)
    split = np.where(few >= 0, "train", "test")
    population = Population(
        "all_posts", POPULATION.pid, POPULATION.uid, split, few, POPULATION.label, nothing(0), (), {}
    )
    assert predict_without(population, nothing(None), Seen, name="seen").empty
