"""Intervals hold whole users together, and are those of a mean."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from popularity.evaluation import bootstrap as users
from popularity.evaluation.bootstrap import intervals

RANDOM = np.random.default_rng(1)
VALUES = RANDOM.normal(1, 2, 300)


def test_with_users_of_several_posts_it_is_scipys_interval_of_the_mean_over_posts() -> None:
    uid = RANDOM.integers(0, 60, 300)
    total, posts = np.bincount(uid, weights=VALUES), np.bincount(uid).astype(float)
    expected = bootstrap(
        (total, posts), lambda t, p, axis: t.sum(axis) / p.sum(axis), paired=True, vectorized=True,
        n_resamples=20_000, method="percentile", rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    width = expected.high - expected.low
    assert intervals(uid, VALUES[:, None], 1)[0] == pytest.approx([expected.low, expected.high], abs=0.03 * width)


def test_a_difference_of_two_columns_is_paired() -> None:
    both = np.column_stack([VALUES, VALUES + 0.5, np.full(300, 0.5)])
    found = intervals(np.arange(300), both, 1)
    assert found[1] - found[0] == pytest.approx([0.5, 0.5])
    assert found[2].tolist() == pytest.approx([0.5, 0.5])


def test_in_parts_that_fit_into_memory_the_draws_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = intervals(np.arange(300), VALUES[:, None], 1)[0]
    monkeypatch.setattr(users, "AT_ONCE", 300 * 700)
    drawn = []
    means = users._means
    monkeypatch.setattr(users, "_means", lambda *given: drawn.append(given[2]) or means(*given))
    parts = intervals(np.arange(300), VALUES[:, None], 1)[0]
    assert (sum(drawn), max(drawn)) == (10_000, 700)
    assert parts == pytest.approx(whole, abs=0.02)


def test_the_seed_decides() -> None:
    one, again, other = (intervals(np.arange(300), VALUES[:, None], seed).tolist() for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize("posts", [0, 3])
def test_fewer_than_two_users_tell_nothing(posts: int) -> None:
    assert intervals(np.zeros(posts, dtype=np.int64), np.ones((posts, 1)), 1) is None
