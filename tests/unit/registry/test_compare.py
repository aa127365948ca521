import numpy as np
import pytest

from popularity.errors import UserError
from popularity.registry.compare import compare

RANDOM = np.random.default_rng(1)
DIFFERENCES = RANDOM.normal(-0.1, 1, 400)  # candidate's error minus champion's, one post a user
USERS = np.arange(400)


def compared(uid, differences, seed=7):
    """The comparison of a champion that errs by 10 on every post with a candidate that errs by this much more."""
    observed = np.zeros(len(uid))
    return compare(uid, observed=observed, champion=observed + 10, candidate=-(10 + differences), seed=seed)


def test_with_a_post_a_user_the_interval_is_that_of_a_mean():
    found = compared(USERS, DIFFERENCES)
    half = 1.96 * DIFFERENCES.std() / np.sqrt(400)
    assert found.difference == pytest.approx(DIFFERENCES.mean())
    assert found.low == pytest.approx(DIFFERENCES.mean() - half, abs=0.05 * half)
    assert found.high == pytest.approx(DIFFERENCES.mean() + half, abs=0.05 * half)
    assert (found.posts, found.users) == (400, 400)


def test_ten_equal_posts_of_a_user_are_no_more_evidence_than_one():
    once, tenfold = compared(USERS, DIFFERENCES), compared(np.repeat(USERS, 10), np.repeat(DIFFERENCES, 10))
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))
    assert (tenfold.posts, tenfold.users) == (4000, 400)


def test_every_post_counts_alike_in_the_difference():
    found = compared(np.array([1, 1, 1, 2]), np.array([-1.0, -1, -1, 3]))
    assert (found.champion_mae, found.candidate_mae, found.difference) == (10, 10, 0)


def test_the_order_of_rows_does_not_matter():
    assert compared(USERS[::-1], DIFFERENCES[::-1]) == compared(USERS, DIFFERENCES)


def test_the_seed_decides_the_draws():
    assert compared(USERS, DIFFERENCES) == compared(USERS, DIFFERENCES)
    assert compared(USERS, DIFFERENCES).low != compared(USERS, DIFFERENCES, seed=8).low


@pytest.mark.parametrize(
    ("shift", "promotes"), [(-0.5, True), (0.5, False), (0.0, False)], ids=["better", "worse", "chance"]
)
def test_the_candidate_is_promoted_only_where_the_interval_lies_on_its_side(shift, promotes):
    centred = DIFFERENCES - DIFFERENCES.mean()
    found = compared(USERS, centred + shift)
    assert found.promotes == promotes
    assert ("the candidate errs less" in str(found)) == promotes


def test_equal_models_are_never_promoted():
    found = compared(USERS, np.zeros(400))
    assert (found.low, found.high, found.promotes) == (0, 0, False)


def test_a_single_user_tells_nothing():
    with pytest.raises(UserError, match="3 test posts of 1 users"):
        compared(np.zeros(3), np.ones(3))


def test_a_prediction_that_is_not_finite_is_an_error():
    with pytest.raises(ValueError, match="not finite"):
        compared(np.arange(2), np.array([0, np.nan]))
