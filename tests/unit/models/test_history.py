"""Figures of a user's earlier labels, against the same reckoned post by post."""

import numpy as np
import pytest

from popularity.models.history import DAY, History

UID = np.array([5, 5, 5, 5, 9, 9], np.int64)
DATE = np.array([0, 1, 2, 4, 0, 3], np.int64) * DAY + 1000
LABEL = np.array([1.0, 2.0, 6.0, 3.0, 10.0, 11.0])
HISTORY = History(UID, DATE, DATE, LABEL, 2**LABEL)


def known(uid, day, second=1000):
    return HISTORY.known(np.array([uid]), np.array([day * DAY + second]))


@pytest.mark.parametrize(("uid", "day", "count"), [(5, 0, 0), (5, 1, 1), (5, 4, 3), (5, 9, 4), (9, 9, 2), (9, 2, 1)])
def test_only_strictly_earlier_posts_of_the_same_user_count(uid, day, count):
    assert known(uid, day).count.tolist() == [count]


@pytest.mark.parametrize("uid", [1, 7, 99])
def test_nothing_is_known_of_a_user_without_posts(uid):
    found = HISTORY.figures(known(uid, 9))
    assert found["count"].tolist() == [0]
    assert np.isnan([found[name][0] for name in ("mean", "last", "median", "spread", "gap_days", "pace_days")]).all()


def test_labels_of_others_count_until_a_cut_and_else_until_the_post_is_out():
    whole = known(5, 4)
    assert HISTORY.cut_off(whole).tolist() == [4 * DAY + 1000]
    assert HISTORY.cut_off(whole.without_latest(np.array([2]))).tolist() == [DAY + 1000]  # of the first that is gone
    assert HISTORY.cut_off(whole.without_latest(np.array([3]))).tolist() == [4 * DAY + 1000]  # now a stranger's
    assert HISTORY.cut_off(known(7, 3)).tolist() == [3 * DAY + 1000]
    assert HISTORY.cut_off(known(9, 8)).tolist() == [8 * DAY + 1000]  # the history's last user


def test_figures_are_those_of_the_labels_that_count():
    found = {name: values[0] for name, values in HISTORY.figures(known(5, 4)).items()}
    assert found["mean"] == pytest.approx(3)
    assert found["last"] == 6
    assert found["median"] == 2
    assert found["spread"] == 1  # of 1, 0 and 4
    assert found["gap_days"] == 2
    assert found["pace_days"] == 1
    assert found["span_days"] == 2
    assert (found["highest"], found["lowest"], found["mean_3"]) == (6, 1, 3)
    assert found["count_mean"] == pytest.approx((2 + 4 + 64) / 3)


def test_a_decayed_mean_counts_a_label_half_after_as_many_posts_as_its_name_says():
    found = HISTORY.figures(known(5, 9))
    weight = 0.5 ** (np.arange(3, -1, -1) / 2)
    assert found["decayed_2"][0] == pytest.approx((weight * LABEL[:4]).sum() / weight.sum())
    assert found["weight_2"][0] == pytest.approx(weight.sum())


def test_without_its_latest_posts_a_history_is_that_of_an_earlier_day():
    cut = known(5, 9).without_latest(np.array([2]))
    assert HISTORY.figures(cut)["mean"] == HISTORY.figures(known(5, 2))["mean"]
    assert known(5, 9).without_latest(np.array([99])).count.tolist() == [0]


def test_labels_that_come_later_count_later():
    late = History(UID, DATE + 5 * DAY, DATE, LABEL, 2**LABEL)
    assert late.known(np.array([5, 5]), np.array([4, 7]) * DAY + 1000).count.tolist() == [0, 2]
