"""The slices count the rows that they name, and no others."""

import pandas as pd
import pytest

from popularity.evaluation.slices import labels_by_photo, most_popular_tenth, unseen_users, within_user


def table(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_unseen_users_are_those_without_a_training_row() -> None:
    rows = table(
        uid=[1, 1, 2, 2],
        split=["validation", "test", "test", "test"],
        observed=[0.0, 9.0, 1.0, 2.0],
        m=[0.0, 0.0, 2.0, 4.0],
    )
    scores = unseen_users(rows, "m")
    assert (scores.n, scores.spearman, scores.mae) == (2, pytest.approx(1.0), 1.5)


def test_within_user_is_the_mean_of_each_users_own_rho() -> None:
    rows = table(
        uid=[1] * 5 + [2] * 5,
        split=["test"] * 10,
        observed=[1.0, 2.0, 3.0, 4.0, 5.0, 11.0, 12.0, 13.0, 14.0, 15.0],
        m=[1.0, 2.0, 3.0, 4.0, 5.0, 20.0, 19.0, 18.0, 17.0, 16.0],
    )
    within = within_user(rows, "m", "test")
    assert (within.spearman, within.users) == (pytest.approx(0.0), 2)


def test_within_user_leaves_out_users_with_four_rows() -> None:
    rows = table(uid=[1] * 4, split=["test"] * 4, observed=[1.0, 2.0, 3.0, 4.0], m=[1.0, 2.0, 3.0, 4.0])
    assert within_user(rows, "m", "test").spearman is None


def test_most_popular_tenth_is_rounded_up() -> None:
    rows = table(split=["test"] * 11, observed=[float(i) for i in range(11)], m=[0.0] * 11)
    assert most_popular_tenth(rows, "m", "test") == (9.5, 2)


def test_labels_of_kept_and_dropped_posts_are_told_apart() -> None:
    labels = labels_by_photo(table(has_photo=[True, True, False], observed=[1.0, 3.0, 8.0]))
    assert (labels["kept"].n, labels["kept"].mean, labels["kept"].sd) == (2, 2.0, pytest.approx(2**0.5))
    assert (labels["dropped"].n, labels["dropped"].mean, labels["dropped"].sd) == (1, 8.0, None)
