"""Intervals hold the share that they promise, are wider where less is known, and know nothing of their own rows."""

import numpy as np
import pandas as pd
import pytest

from popularity.dataset.protocols import FORWARD, NEW_USERS, PAPER
from popularity.evaluation.figures import figures_of
from popularity.evaluation.intervals import FEWEST, Widths, half_widths, widths_of

SPREAD = np.array([3.0, 2.0, 1.0, 0.5])
"""Of errors, by how much is known of a user."""
KNOWN = np.array([0, 3, 10, 50])
PLACE = (PAPER, "all_posts")


def table(posts: int, seed: int, group: int | None = None, test: int = 0) -> pd.DataFrame:
    """A scored table of five fits; errors are as large as SPREAD says."""
    random = np.random.default_rng(seed)
    n = posts + test
    of = random.integers(0, 4, n) if group is None else np.full(n, group)
    observed = random.normal(6, 2, n)
    return pd.DataFrame(
        {
            "uid": random.integers(0, 50, n),
            "known": KNOWN[of],
            "fit": np.where(np.arange(n) < posts, random.integers(0, 5, n), -1),
            "split": np.where(np.arange(n) < posts, "validation", "test"),
            "observed": observed,
            "user_mean": observed + random.normal(0, 1, n),
            "rf": observed + random.normal(0, SPREAD[of]),
        }
    )


@pytest.fixture
def tables() -> dict[tuple[str, str], pd.DataFrame]:
    return {
        PLACE: table(1000, 1, test=4000),
        (FORWARD, "all_posts"): table(2000, 2),
        (NEW_USERS, "all_posts"): table(1000, 3, group=0),
    }


def test_nine_of_ten_posts_lie_in_their_interval_whatever_is_known_of_their_users(tables) -> None:
    test = tables[PLACE].query("split == 'test'")
    half = half_widths(tables, PLACE, "rf", "test")
    found = figures_of(test, ["user_mean", "rf"], 1, {"rf": half})
    assert found["rf"].coverage == pytest.approx(0.9, abs=0.02)
    assert found["rf"].coverage_new_users == pytest.approx(0.9, abs=0.03)
    assert found["user_mean"].coverage is None
    for known in KNOWN:
        of = (test["known"] == known).to_numpy()
        assert ((test["rf"] - test["observed"]).abs()[of] <= half[of]).mean() == pytest.approx(0.9, abs=0.04)


def test_the_less_is_known_the_wider(tables) -> None:
    widths = widths_of(tables, "all_posts", "rf")
    assert widths is not None
    assert list(widths.half) == sorted(widths.half, reverse=True)
    assert widths.half == pytest.approx(1.645 * SPREAD, rel=0.15)
    assert widths.of(np.array([0, 4, 19, 20, 10**6])).tolist() == [*widths.half[:3], *widths.half[3:] * 2]


def test_what_is_surer_of_strangers_by_chance_is_no_narrower_for_them() -> None:
    widths = Widths.fit(np.repeat([0.1, 1.0, 2.0, 1.5], 100), np.repeat(KNOWN, 100))
    assert widths is not None
    assert widths.half == (2.0, 2.0, 2.0, 1.5)


def test_a_group_without_posts_has_the_width_of_the_one_of_whom_less_is_known() -> None:
    sizes = [200, FEWEST - 1, 200]
    widths = Widths.fit(np.repeat([3.0, 9.0, 1.0], sizes), np.repeat([0, 2, 7], sizes))
    assert widths is not None
    assert widths.half == (3.0, 3.0, 1.0, 1.0)


def test_the_quantile_counts_the_post_to_come() -> None:
    widths = Widths.fit(np.arange(1.0, 100.0), np.zeros(99, int))
    assert widths is not None
    assert widths.half[0] == 90.0  # of 99 errors and one to come, 90 are at most that


def test_too_few_posts_have_no_interval() -> None:
    assert Widths.fit(np.ones(FEWEST - 1), np.zeros(FEWEST - 1, int)) is None
    few = {PLACE: table(FEWEST - 1, 1, test=10)}
    none = half_widths(few, PLACE, "user_mean", "test")
    assert np.isnan(none).all()
    assert figures_of(few[PLACE][-10:], ["user_mean"], 1, {"user_mean": none})["user_mean"].coverage is None


def test_a_model_of_random_folds_alone_has_their_errors() -> None:
    tables = {PLACE: table(1000, 1, test=10), (FORWARD, "all_posts"): table(500, 2).drop(columns="rf")}
    rows = tables[PLACE][:1000]
    only = Widths.fit((rows["rf"] - rows["observed"]).abs().to_numpy(), rows["known"].to_numpy())
    assert widths_of(tables, "all_posts", "rf") == only


@pytest.mark.parametrize("place", [PLACE, (FORWARD, "all_posts")])
def test_no_row_has_a_part_in_its_own_width(tables, place) -> None:
    rows = tables[place]
    of_fit = (rows["fit"] == 2) & (rows["split"] == "validation")
    moved = {**tables, place: rows.assign(observed=rows["observed"] + 100 * of_fit)}
    before, after = (half_widths(some, place, "rf", "validation") for some in (tables, moved))
    inside = of_fit[rows["split"] == "validation"].to_numpy()
    assert (after[inside] == before[inside]).all()
    assert (after[~inside] > before[~inside]).all()


def test_no_test_row_has_a_part_in_any_width(tables) -> None:
    rows = tables[PLACE]
    moved = {**tables, PLACE: rows.assign(observed=rows["observed"] + 100 * (rows["split"] == "test"))}
    assert widths_of(moved, "all_posts", "rf") == widths_of(tables, "all_posts", "rf")
    for split in ("validation", "test"):
        before, after = (half_widths(some, PLACE, "rf", split) for some in (tables, moved))
        assert (before == after).all()
