"""Figures of a set's scored tables."""

import numpy as np
import pandas as pd
import pytest

from popularity.errors import UserError
from popularity.paper_tables.figures import change, figures_of_set

SEED = 1
TOLD = {"all_posts": {"tag_score": 0.4, "title_score": 0.6}}


def table(models, users=6, posts=10, test=3):
    """Posts of users whose models err by so much in every post."""
    n = users * posts
    observed = np.random.default_rng(SEED).normal(6, 2, n)
    rows = pd.DataFrame(
        {"pid": np.arange(n), "uid": np.arange(n) // posts, "observed": observed, "split": "validation", "fit": 0}
    )
    rows.loc[rows["pid"] % posts >= posts - test, "split"] = "test"
    return rows.assign(**{model: observed + error for model, error in models.items()})


ERRORS = {"user_mean": 1.0, "rf": 0.5, "rf_naive": 0.2, "cnn": 0.4, "dense": 0.3}


def figures(own, before=None, newest=None):
    before = {"all_posts": table({"user_mean": 1.0, "rf": 0.8, "cnn": 0.4})} if before is None else before
    told = {"told": TOLD, "weights": {"cnn": 5, "dense": 5}, "emptied": False, "seconds": {}}
    return figures_of_set("a set", own=own, before=before, newest=newest or {}, seed=SEED, **told)


def test_each_split_has_figures_of_its_own_posts():
    found = figures({"all_posts": table(ERRORS)})
    assert (found.posts, found.users, found.with_photo) == (60, 6, 0)
    assert [found.own["all_posts"]["rf"][split].n for split in ("validation", "test")] == [42, 18]
    assert found.own["all_posts"]["rf"]["test"].mae == pytest.approx(0.5)


def test_models_before_posting_are_compared_on_the_same_posts():
    found = figures({"all_posts": table(ERRORS)})
    assert found.own["all_posts"]["rf_before"]["test"].mae == pytest.approx(0.8)
    one = found.changes["all_posts"][("rf_before", "rf")]["test"]
    assert (one.mae, one.low, one.high) == pytest.approx((0.3, 0.3, 0.3))
    none = found.changes["all_posts"][("cnn_before", "cnn")]["test"]
    assert none.mae == pytest.approx(0.0)


def test_the_newest_fifth_has_other_rows():
    newest = {"all_posts": table({"user_mean": 1.0, "rf": 0.9, "cnn": 0.7}, test=2)}
    found = figures({"all_posts": table(ERRORS)}, newest=newest)
    assert found.newest["rf"]["test"].n == 12
    assert found.newest["cnn"]["test"].mae == pytest.approx(0.7)


def test_a_set_without_test_posts_is_compared_in_validation_alone():
    found = figures({"all_posts": table(ERRORS, test=0)})
    assert found.own["all_posts"]["rf"]["test"].mae is None
    assert set(found.changes["all_posts"][("rf_naive", "rf")]) == {"validation"}


def test_too_few_posts_to_train_on_are_refused_by_the_sets_name():
    with pytest.raises(UserError, match="a set has too few labelled posts"):
        figures({}, before={})


def test_a_difference_of_whole_users_is_as_sure_as_users_agree():
    rows = table({"one": 0.0, "other": 0.0})
    rows["one"] += np.where(rows["uid"] < 3, 1.0, 0.0)
    rows["other"] += np.where(rows["uid"] < 3, 0.0, 1.0)
    found = change(rows, "one", "other", SEED)
    assert found.mae == pytest.approx(0.0)
    assert found.low < -0.5
    assert found.high > 0.5


def test_posts_of_one_user_have_no_interval():
    found = change(table({"one": 0.1, "other": 0.2}, users=1), "one", "other", SEED)
    assert (found.low, found.high) == (None, None)
