"""How much posts tell that are alike by user."""

import numpy as np
import pytest

from popularity.monitoring.mix import NOBODY, Mix


def test_posts_of_few_users_count_as_few() -> None:
    mix = Mix.of(np.array([1, 1, 1, 2]))
    assert (mix.posts, mix.users) == pytest.approx((1 / 4, 10 / 16))


def test_a_row_that_counts_twice_is_no_two_posts() -> None:
    mix = Mix.of(np.array([1, 2, 3]), np.array([2, 1, 1]))
    assert (mix.posts, mix.users) == pytest.approx((6 / 16, 6 / 16))
    assert Mix.of(np.array([1, 2]), np.array([7, 7])).posts == pytest.approx(1 / 2)


def test_the_same_users_in_the_same_shares_are_not_apart() -> None:
    here, there = Mix.of(np.array([5, 5, 3, 3])), Mix.of(np.array([3, 5]))
    assert here.apart(there) == pytest.approx(0)
    assert here.apart(Mix.of(np.array([3]))) == pytest.approx(1 / 4 + 1 / 4)
    assert here.apart(Mix.of(np.array([9]))) == pytest.approx(1 / 2 + 1)
    assert here.apart(NOBODY) == pytest.approx(here.users)
