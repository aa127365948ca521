"""What everyone's labels were lately, above what was expected of each."""

import numpy as np
import pytest

from popularity.models.history import DAY
from popularity.models.tide import FARTHEST, SHRINKAGE, SPANS, Tide

NOW = 1000 * DAY


def tide(days_ago, above):
    return Tide.of(NOW - np.asarray(days_ago) * DAY, np.asarray(above, float))


def test_each_span_has_the_mean_of_its_own_posts_shrunk_towards_nothing():
    found = tide([300, 100, 30, 5], [9.0, 1.0, 0.5, -0.5]).means(np.array([NOW]))
    assert SPANS == (14, 60, 240)
    assert found[0] == pytest.approx([-0.5 / (1 + SHRINKAGE), 0.0, 1.0 / (3 + SHRINKAGE)])


def test_labels_count_for_later_moments_alone():
    shown = tide([1, 0], [1.0, 2.0])
    at, after = shown.means(np.array([NOW, NOW + 1]))
    assert at[0] == pytest.approx(1 / (1 + SHRINKAGE))
    assert after[0] == pytest.approx(3 / (2 + SHRINKAGE))


def test_after_the_last_label_it_stays_as_it_was():
    shown = tide([20, 10, 0], [1.0, 1.0, 1.0])
    last, later = shown.means(np.array([NOW + 1, NOW + 500 * DAY]))
    assert last.tolist() == later.tolist()


def test_one_viral_post_makes_no_season():
    assert tide([1], [50.0]).means(np.array([NOW]))[0, 0] == pytest.approx(FARTHEST / (1 + SHRINKAGE))


def test_the_order_in_which_posts_are_given_does_not_matter():
    days, above = np.array([3, 50, 1, 200]), np.array([0.1, 0.2, 0.3, 0.4])
    moments = NOW - np.array([0, 2, 40, 100, 900]) * DAY
    assert tide(days, above).means(moments).tolist() == tide(days[::-1], above[::-1]).means(moments).tolist()
