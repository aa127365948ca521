"""How much posts tell that are alike by user."""

import numpy as np
import pytest

from popularity.monitoring.mix import Mix


def test_posts_of_few_users_count_as_few() -> None:
    assert Mix.of(np.array([1, 1, 1, 2])) == Mix(posts=pytest.approx(1 / 4), users=pytest.approx(10 / 16))


def test_a_row_that_counts_twice_is_no_two_posts() -> None:
    times = np.array([2, 1, 1])
    assert Mix.of(np.array([1, 2, 3]), times) == Mix(posts=pytest.approx(6 / 16), users=pytest.approx(6 / 16))
    assert Mix.of(np.array([1, 2]), np.array([7, 7])) == Mix(pytest.approx(1 / 2), pytest.approx(1 / 2))
