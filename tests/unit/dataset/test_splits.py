"""Splits, groups and folds."""

import numpy as np
import pandas as pd
import pytest

from popularity import settings
from popularity.dataset.splits import assign_splits, folds_of, refuse_untrainable, warn_of_copies
from popularity.errors import UserError


def options(mode, newest=(), test_share=0.25):
    return settings.Split(mode=mode, test_share=test_share, newest=newest)


def posts(**columns):
    n = len(next(iter(columns.values())))
    base = {
        "pid": range(1, n + 1),
        "uid": range(n),
        "batch": "a",
        "postdate": range(n),
        "label": 1.0,
        "given_split": "",
    }
    return pd.DataFrame(base | columns)


def test_mode_given_keeps_test_rows_trains_on_the_rest_and_leaves_pending_ones():
    table = posts(given_split=["test", "train", "", "test"], label=[1.0, 1.0, 1.0, np.nan])
    assert list(assign_splits(table, options("given"))) == ["test", "train", "train", "pending"]


def test_mode_time_tests_on_the_latest_labelled_posts_with_ties_by_pid():
    table = posts(postdate=[5, 9, 9, 7, 99], label=[1.0, 1.0, 1.0, 1.0, np.nan])
    assert list(assign_splits(table, options("time"))) == ["train", "train", "test", "train", "pending"]


def test_mode_newest_tests_on_whole_users_of_the_newest_batch_alone():
    table = posts(uid=[u for u in range(100) for _ in range(2)], batch=["a", "b"] * 100)
    split = assign_splits(table, options("newest", newest=("b",)))
    assert (split[table["batch"] == "a"] == "train").all()
    assert 35 <= (split[table["batch"] == "b"] == "test").sum() <= 65


def test_mode_newest_refuses_a_batch_that_is_not_there():
    with pytest.raises(UserError, match="wrong: c"):
        assign_splits(posts(uid=[1]), options("newest", newest=("c",)))


def test_nothing_to_train_on_is_refused():
    with pytest.raises(UserError, match="labelled post"):
        refuse_untrainable(np.array([False]))


def test_folds_are_even_and_fixed_for_ever():
    fold = folds_of(np.arange(10_000), 5)
    assert np.bincount(fold).min() > 1_850
    assert list(folds_of(np.array([1, 2, 3, 2**40]), 5)) == [0, 0, 3, 1]


@pytest.mark.parametrize(("copies", "said"), [(2, ""), (3, "warning: 3 of 100 training posts are copies")])
def test_more_copies_of_test_posts_than_a_small_share_are_told(copies, said, capsys):
    split = np.array(["train"] * 100 + ["test"] * 50, dtype=object)
    warn_of_copies(np.arange(150) < copies, split)
    assert capsys.readouterr().err.partition(" of test posts")[0] == said
