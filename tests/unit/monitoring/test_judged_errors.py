"""Whether scores erred more than chance allows, by users."""

import numpy as np
import pytest

from popularity.arrays import FloatArray, IntArray
from popularity.monitoring.judged_errors import JudgedErrors, judge_errors
from popularity.monitoring.known_labels import KnownLabels
from popularity.settings import load_settings

USERS, EACH = 40, 10
UID = np.repeat(np.arange(USERS), EACH)
TABLE = load_settings().monitoring.verdict


def known(error: FloatArray, uid: IntArray = UID) -> KnownLabels:
    """Test rows of a champion that erred by so much."""
    zero = np.zeros(len(uid))
    return KnownLabels(pid=np.arange(len(uid)), uid=uid, label=zero, prediction=error, user_mean=zero + 9.0)


def judged(error: FloatArray, baseline: FloatArray, own: FloatArray, uid: IntArray = UID) -> JudgedErrors:
    return judge_errors(uid, np.zeros(len(uid)), error, baseline, known(own), seed=7)


def errors(mean: float, seed: int, between: float = 0.3) -> FloatArray:
    """Absolute errors of users with levels of their own."""
    rng = np.random.default_rng(seed)
    return np.abs(mean + np.repeat(rng.normal(0, between, USERS), EACH) + rng.normal(0, 0.2, USERS * EACH))


def test_errors_are_as_computed_by_hand() -> None:
    uid = np.array([1, 1, 2])
    found = judge_errors(uid, np.array([5.0, 6.0, 7.0]), np.array([4.0, 8.0, 7.0]), np.array([5.0, 5.0, 4.0]), known(
        np.array([2.0, -4.0]), np.array([1, 2])), seed=7)  # fmt: skip
    assert (found.mae, found.own_mae) == (1.0, 3.0)
    assert found.user_mean_mae == pytest.approx(4 / 3)
    # draws of users 1 and 2: both of one, or one of each; errors 1.5 and 0 less baselines .5 and 3
    assert (found.over_user_mean_low, found.over_user_mean_high) == (-3.0, 1.0)
    # the same draws on both sides: 1.5 - 2, 0 - 4 or 1 - 3
    assert (found.over_own_low, found.over_own_high) == (-4.0, -0.5)


def test_a_champion_that_users_means_beat_is_said_so_first() -> None:
    found = judged(errors(2.0, 1), errors(1.2, 2), errors(1.0, 3))
    assert found.worse_than_user_mean
    assert found.worse_than_own
    (first, said), (second, _) = found.reasons(TABLE)
    assert (first, second) == ("watch", "watch")
    assert said.startswith("The champion is worse than the users' means: its scores err by ")


def test_one_that_errs_as_ever_gives_no_reason() -> None:
    assert judged(errors(1.0, 1), errors(1.5, 2), errors(1.0, 3)).reasons(TABLE) == []


def test_one_bad_user_is_no_evidence() -> None:
    error, baseline = np.full(UID.size, 1.0), np.full(UID.size, 1.05)
    error[UID == 0] = 30.0
    found = judged(error, baseline, np.full(UID.size, 1.0))
    assert found.mae > found.user_mean_mae
    assert not found.worse_than_user_mean
    assert not found.worse_than_own


def test_chance_alone_is_seldom_called_worse() -> None:
    called = [judged(errors(1.0, 2 * seed), errors(1.0, 2 * seed + 1), errors(1.0, 999)) for seed in range(40)]
    assert sum(one.worse_than_user_mean for one in called) <= 4
    assert sum(one.worse_than_own for one in called) <= 6


def test_with_one_user_nothing_is_said() -> None:
    found = judged(np.array([9.0, 9.0]), np.array([1.0, 1.0]), errors(1.0, 3), uid=np.array([3, 3]))
    assert np.isnan([found.over_user_mean_low, found.over_own_low]).all()
    assert found.reasons(TABLE) == []
