"""Trees as arrays: what CatBoost itself would say, each row for itself."""

import numpy as np
import pytest

from popularity.models.trees import Trees
from popularity.settings import load_settings

OPTIONS = load_settings().train_boosted.model_copy(update={"trees": 40})


def rows(n=500):
    X = np.random.default_rng(0).normal(size=(n, 4))
    X[::7, 1] = np.nan
    return X, 3 * (X[:, 2] > 0) + np.isnan(X[:, 1])


def test_they_predict_as_the_library_does(monkeypatch):
    import catboost

    fitted = []
    fit = catboost.CatBoostRegressor.fit
    monkeypatch.setattr(catboost.CatBoostRegressor, "fit", lambda self, *data: fitted.append(fit(self, *data)))
    X, y = rows()
    trees = Trees.fit(X, y, OPTIONS, 1)
    theirs = np.mean([model.predict(X) for model in fitted], axis=0)
    assert len(fitted) == 2
    assert trees.predict(X) == pytest.approx(theirs, abs=1e-9)


def test_a_row_scores_the_same_alone_and_among_others():
    X, y = rows()
    trees = Trees.fit(X, y, OPTIONS, 1)
    whole = trees.predict(X)
    assert (np.concatenate([trees.predict(X[i : i + 1]) for i in range(20)]) == whole[:20]).all()


def test_two_fits_are_equal_to_the_bit():
    X, y = rows()
    one, two = (Trees.fit(X, y, OPTIONS, 1).predict(X) for _ in range(2))
    assert (one == two).all()


@pytest.mark.parametrize("X", [np.zeros((5, 2)), rows(5)[0]], ids=["no column varies", "no label varies"])
def test_where_there_is_nothing_to_learn_all_rows_get_the_median(X):
    y = np.arange(5.0) if (X == 0).all() else np.full(5, 2.0)
    assert Trees.fit(X, y, OPTIONS, 1).predict(X).tolist() == [2.0] * 5
