"""The slices count the rows that they name, and no others."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from popularity.evaluation.slices import few_posts, labels_by_photo, new_users, rho_within, sizes_of, top_tenth

UP = np.arange(5.0)


def test_within_user_is_the_mean_of_each_users_own_rho() -> None:
    uid = np.repeat([1, 2], 5)
    assert rho_within(uid, np.r_[UP, UP + 10], np.r_[UP, -UP]) == pytest.approx(0.0)


def test_each_users_own_rho_is_scipys_with_ties_and_in_any_order() -> None:
    random = np.random.default_rng(3)
    uid, observed = random.integers(0, 7, 300), random.normal(size=300).round(1)
    predicted = (observed + random.normal(size=300)).round(0)
    own = [spearmanr(observed[uid == one], predicted[uid == one]).statistic for one in range(7)]
    assert rho_within(uid, observed, predicted) == pytest.approx(np.mean(own), abs=1e-12)


def test_within_user_leaves_out_users_with_four_rows() -> None:
    assert rho_within(np.repeat(1, 4), UP[:4], UP[:4]) is None
    assert rho_within(np.repeat([1, 2], [4, 5]), np.r_[UP[:4], UP], np.r_[-UP[:4], UP]) == pytest.approx(1)


def test_a_user_of_whom_one_thing_is_said_counts_as_not_ordered() -> None:
    uid = np.repeat([1, 2], 5)
    assert rho_within(uid, np.r_[UP, UP], np.r_[UP, 0 * UP]) == pytest.approx(0.5)


def test_what_orders_no_users_posts_has_no_rho_within_users() -> None:
    assert rho_within(np.repeat([1, 2], 5), np.r_[UP, UP], np.repeat([3.0, 4.0], 5)) is None


def test_a_user_whose_labels_are_alike_is_left_out() -> None:
    assert rho_within(np.repeat([1, 2], 5), np.r_[UP, 0 * UP], np.r_[UP, UP]) == pytest.approx(1)


def test_the_most_popular_tenth_is_rounded_up_and_of_equal_ones_the_first() -> None:
    assert top_tenth(np.arange(11.0)).tolist() == [10, 9]
    assert top_tenth(np.ones(10)).tolist() == [0]
    assert top_tenth(np.empty(0)).tolist() == []


def test_new_users_have_no_post_that_was_learned_from_and_few_is_below_five() -> None:
    known = np.array([0, 1, 4, 5, 9])
    assert new_users(known).tolist() == [True, False, False, False, False]
    assert few_posts(known).tolist() == [True, True, True, False, False]


def test_the_sizes_are_of_the_rows_and_users_that_the_figures_are_of() -> None:
    sizes = sizes_of(pd.DataFrame({"uid": np.repeat([1, 2, 3], [6, 5, 4]), "known": np.repeat([9, 4, 0], [6, 5, 4])}))
    assert (sizes.ranked_users, sizes.top_tenth, sizes.new_users, sizes.few_posts) == (2, 2, 4, 9)


def test_labels_of_kept_and_dropped_posts_are_told_apart() -> None:
    labels = labels_by_photo(pd.DataFrame({"has_photo": [True, True, False], "observed": [1.0, 3.0, 8.0]}))
    assert (labels["kept"].n, labels["kept"].mean, labels["kept"].sd) == (2, 2.0, pytest.approx(2**0.5))
    assert (labels["dropped"].n, labels["dropped"].mean, labels["dropped"].sd) == (1, 8.0, None)
