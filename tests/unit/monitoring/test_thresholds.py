"""Limits come from the reference: by posts and by users, and one rate of error for all columns."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.monitoring.described import Described
from popularity.monitoring.mix import NOBODY, Mix
from popularity.monitoring.statistics import distances
from popularity.monitoring.thresholds import (
    BY_DATE,
    LEAST_APART,
    MOST_LASTING,
    Limit,
    Thresholds,
    calibrate,
    draw_nights,
    lasting,
    surely_above,
    surely_apart,
)
from popularity.settings import load_settings

OPTIONS = load_settings().monitoring.model_copy(update={"draws": 500, "night_posts": 100})
ROWS = 400


def rows(rng: np.random.Generator, n: int = ROWS, users: int = 40) -> Described:
    """Numbers of each post's own, a number of the user's own, and a share."""
    uid = rng.integers(0, users, n)
    frame = pd.DataFrame(
        {
            "titlelen": rng.gamma(3, 5, n),
            "deslen": rng.normal(size=n),
            "hour": rng.integers(0, 24, n).astype(float),
            "weekday": rng.integers(0, 7, n).astype(float),
            "avgview": rng.normal(size=users)[uid],
            "alive": rng.integers(0, 2, n).astype(float),
        }
    )
    return Described(frame, uid.astype(np.int64), np.zeros(n, dtype=bool))


def test_a_night_is_a_stretch_of_rows_or_filled_with_stretches_of_users() -> None:
    uid = np.tile(np.arange(10), 40)  # each user posted forty times
    nights = draw_nights(uid, 100, 2000, np.random.default_rng(1))
    sizes = nights.sum(axis=1)
    assert sizes.min() >= 20
    assert sizes.max() < 100 + 40
    assert (sizes < 45).mean() == pytest.approx(0.5, abs=0.07)  # as many below the geometric mean as above
    by_date = nights[::BY_DATE]
    assert (np.diff(by_date, axis=1, prepend=0) == 1).sum(axis=1).max() == 1
    users = (np.delete(nights, np.s_[::BY_DATE], axis=0).reshape(-1, 40, 10).sum(axis=1) > 0).sum(axis=1)
    assert users.min() == 1
    assert users.max() == 10


def test_chance_grows_with_one_over_posts_or_one_over_users_as_the_column_has_it() -> None:
    limits = calibrate([rows(np.random.default_rng(3))], OPTIONS, np.random.default_rng(4)).columns
    own, of_users = limits["deslen"], limits["avgview"]
    assert own.posts > 5 * own.users
    assert of_users.users > 5 * of_users.posts


def test_new_nights_pass_in_all_columns_at_once_but_for_the_rate_of_error() -> None:
    alarms, nights = 0, 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        known = rows(rng)
        thresholds = calibrate([known], OPTIONS, rng)
        for _ in range(40):
            night = rows(rng, 100)
            night = replace(night, uid=night.uid + 1000)  # what sets these users apart is their own
            alarms += any(
                distance(limit, known.frame[name], night.frame[name])
                >= thresholds.limit(name, Mix.of(night.uid), Mix.of(known.uid))
                for name, limit in thresholds.columns.items()
            )
            nights += 1
    assert 0 < alarms / nights < 1.5 * OPTIONS.error_rate


def distance(limit: Limit, reference: pd.Series, night: pd.Series) -> float:
    mine = np.repeat([1, 0], [len(night), len(reference)])
    return float(distances(limit.method, np.concatenate([night, reference]), 1 - mine, mine[None])[0])


def test_a_limit_by_hand_and_that_it_narrows_no_further_for_more_posts_than_a_night_has() -> None:
    limits = {
        "hour": Limit("wasserstein", 4.0, 1.0, 0.0, 2.0),
        "groupcount": Limit("wasserstein", 4.0, 1.0, 1.0, 2.0),
    }
    thresholds = Thresholds(500, 0.02, 100, limits)
    small = Mix.of(np.repeat(np.arange(5), 5))  # 25 posts of five users
    assert thresholds.limit("hour", small, NOBODY) == pytest.approx(2 * (4 / 25 + 1 / 5) ** 0.5)
    assert thresholds.limit("hour", small, small) == pytest.approx(2 * (8 / 25 + 2 / 5) ** 0.5)
    assert thresholds.limit("groupcount", small, small) == pytest.approx(2 * (8 / 25) ** 0.5)  # of the same users
    large = Mix.of(np.arange(10**4))
    assert thresholds.limit("hour", large, NOBODY) == pytest.approx(2 * (4 / 100 + 1 / 10**4) ** 0.5)


def test_what_sets_users_apart_lasts_where_their_halves_agree() -> None:
    uid = np.repeat(np.arange(40), 4)
    rng = np.random.default_rng(1)
    assert lasting(uid, np.repeat(rng.normal(size=40), 4)) == pytest.approx(MOST_LASTING)
    assert lasting(uid, np.tile([1.0, 1.0, -1.0, -1.0], 40) * np.repeat(rng.normal(size=40), 4)) == 0
    assert lasting(np.arange(160), rng.normal(size=160)) == 0  # nobody posted twice


def test_a_constant_column_and_one_without_values_have_no_limit() -> None:
    known = rows(np.random.default_rng(5))
    known = replace(known, frame=known.frame.assign(tagcount=3.0, groupcount=np.nan))
    assert not {"tagcount", "groupcount"} & set(calibrate([known], OPTIONS, np.random.default_rng(6)).columns)


def test_a_share_that_never_moved_has_a_limit_all_the_same() -> None:
    known = rows(np.random.default_rng(5))
    known = replace(known, frame=known.frame.assign(alive=1.0))
    assert calibrate([known], OPTIONS, np.random.default_rng(6)).columns["alive"].critical == 0


def test_columns_of_another_part_share_the_rate_of_error() -> None:
    one, two = (rows(np.random.default_rng(seed)) for seed in (7, 8))
    scores = replace(two, frame=two.frame[["titlelen"]].rename(columns={"titlelen": "prediction"}))
    alone = calibrate([one], OPTIONS, np.random.default_rng(1)).columns
    both = calibrate([one, scores], OPTIONS, np.random.default_rng(1)).columns
    assert set(both) == set(alone) | {"prediction"}
    assert all(both[name].critical >= alone[name].critical for name in alone)


def test_one_post_of_a_new_user_is_no_share_of_new_users() -> None:
    assert surely_above(0.0, 0.15, 1) > 1
    assert surely_above(0.0, 0.15, 2) > 1
    # of 300 posts 65 pass once in a thousand nights where the true share is 15 %: 45 + 3.09 * 6.2
    assert surely_above(0.0, 0.15, 300) == pytest.approx(65.5 / 300)
    assert surely_above(0.1, 0.15, 10**6) == pytest.approx(0.15, abs=0.002)


def test_a_stretch_by_date_is_compared_as_if_it_were_no_part_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    known = rows(np.random.default_rng(1))
    trend = np.linspace(0, 20, len(known))  # what few draws of users show, and every stretch by date
    known = replace(known, frame=known.frame.assign(deslen=trend))
    limits = []
    for least_apart in (LEAST_APART, 1.0):
        monkeypatch.setattr("popularity.monitoring.thresholds.LEAST_APART", least_apart)
        limits.append(calibrate([known], OPTIONS, np.random.default_rng(2)).columns["deslen"].critical)
    assert limits[0] > 1.02 * limits[1]


def test_a_share_must_move_beyond_what_chance_makes_of_its_own_spread() -> None:
    # 3.09 standard errors, passed once in a thousand nights, and the difference that is no finding
    assert surely_apart(0.4, 0.05, 300) == pytest.approx(0.05 + 3.09 * 0.4 / 300**0.5, abs=1e-4)
    assert surely_apart(0.4, 0.05, 10**8) == pytest.approx(0.05, abs=0.001)
    # ten posts all alike tell little of a share of one in twenty
    assert surely_apart(0.0, 0.05, 10) == surely_apart(0.05, 0.05, 10) > 0.25


def test_limits_are_read_as_they_were_written(tmp_path: Path) -> None:
    thresholds = calibrate([rows(np.random.default_rng(1))], OPTIONS, np.random.default_rng(2))
    thresholds.save(tmp_path)
    assert Thresholds.load(tmp_path) == thresholds
