"""The line through age: whose posts it is drawn by."""

import numpy as np
import pytest

from popularity.models.level import AgeLine

NOBODY_SAYS = np.nan


def test_a_user_of_many_posts_counts_as_one_of_few():
    label, uid = np.array([*[10.0] * 98, 0.0, 1.0]), np.array([*[7] * 98, 2, 3])
    assert AgeLine.fit(np.full(100, NOBODY_SAYS), label, uid).of(np.array([NOBODY_SAYS])) == pytest.approx(11 / 3)


def test_the_slope_is_that_of_users_and_not_of_whoever_posts_most():
    age, uid = np.array([1.0, 100.0, *[1.0, 100.0] * 200]), np.array([2, 2, *[7] * 400])
    label = np.array([0.0, 9.0, *[5.0, 5.0] * 200])
    line = AgeLine.fit(age, label, uid)
    assert line.of(np.array([1.0, 100.0])) == pytest.approx([2.5, 7.0])
