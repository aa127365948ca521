"""Limits come from the reference: as many posts a user as in a night, and one rate of error for all columns."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.monitoring.statistics import distances
from popularity.monitoring.thresholds import Limit, Part, Thresholds, calibrate, draw_nights
from popularity.settings import load_settings

OPTIONS = load_settings().monitoring.model_copy(update={"draws": 500, "night_posts": 100})
ROWS = 400


def reference(rng: np.random.Generator, n: int = ROWS) -> Part:
    """Numbers of each post's own, a number of the user's own, and a share."""
    uid = rng.choice(30, n, p=np.arange(1, 31) / 465)
    frame = pd.DataFrame(
        {
            "titlelen": rng.gamma(3, 5, n),
            "deslen": rng.normal(size=n),
            "hour": rng.integers(0, 24, n).astype(float),
            "weekday": rng.integers(0, 7, n).astype(float),
            "avgview": np.random.default_rng(9).normal(size=30)[uid],
            "alive": rng.integers(0, 2, n).astype(float),
        }
    )
    return Part(frame, uid.astype(np.int64))


def test_a_night_has_about_its_posts_and_of_each_user_what_one_stretch_holds() -> None:
    uid = np.repeat(np.arange(10), 40)  # each user posted forty times in a row
    nights = draw_nights(uid, 100, 2000, np.random.default_rng(1))
    assert nights.sum(axis=1).mean() == pytest.approx(100, rel=0.05)
    of_first = nights[:, :40].sum(axis=1)
    assert (of_first == 0).mean() > 0.6
    assert (of_first == 40).mean() > 0.1


def test_a_nights_mean_varies_as_that_of_new_posts() -> None:
    rng = np.random.default_rng(2)
    value = rng.normal(size=ROWS)
    uid = np.arange(ROWS)  # a post a user: nothing but chance
    nights = draw_nights(uid, 200, 4000, rng)
    means = nights @ value / nights.sum(axis=1)
    assert means.std() == pytest.approx(value.std() / np.sqrt(200), rel=0.1)


def test_posts_of_one_user_drift_together_so_what_users_own_gets_a_wider_limit() -> None:
    part = reference(np.random.default_rng(3))
    limits = calibrate([part], OPTIONS, np.random.default_rng(4)).columns
    assert limits["avgview"].critical > 1.3 * limits["deslen"].critical


def test_new_nights_pass_in_all_columns_at_once_but_for_the_rate_of_error() -> None:
    alarms, nights = 0, 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        part = reference(rng)
        thresholds = calibrate([part], OPTIONS, rng)
        for _ in range(40):
            night = reference(rng, 100).frame
            alarms += any(
                distance(limit, part.frame[name], night[name]) >= thresholds.limit(name, 100, ROWS)
                for name, limit in thresholds.columns.items()
            )
            nights += 1
    assert 0 < alarms / nights < 0.05


def distance(limit: Limit, reference: pd.Series, night: pd.Series) -> float:
    mine = np.repeat([1, 0], [len(night), len(reference)])
    return float(distances(limit.method, np.concatenate([night, reference]), 1 - mine, mine[None])[0])


def test_fewer_values_get_a_wider_limit_and_more_than_a_nights_no_narrower_one() -> None:
    thresholds = Thresholds(500, 0.02, {"hour": Limit("wasserstein", 100, 2.0)})
    assert thresholds.limit("hour", 25, 10**9) == pytest.approx(0.4)
    assert thresholds.limit("hour", 100, 10**9) == thresholds.limit("hour", 10**6, 10**9) == pytest.approx(0.2)


def test_a_constant_column_drifts_when_it_moves_and_one_without_values_has_no_limit() -> None:
    part = reference(np.random.default_rng(5))
    frame = part.frame.assign(tagcount=3.0, groupcount=np.nan)
    thresholds = calibrate([Part(frame, part.uid)], OPTIONS, np.random.default_rng(6))
    assert "groupcount" not in thresholds.columns
    assert 0 < thresholds.limit("tagcount", 100, ROWS) < 1e-6


def test_columns_of_another_part_share_the_rate_of_error() -> None:
    one, two = (reference(np.random.default_rng(seed)) for seed in (7, 8))
    scores = Part(two.frame[["titlelen"]].rename(columns={"titlelen": "prediction"})[:150], two.uid[:150])
    alone = calibrate([one], OPTIONS, np.random.default_rng(1)).columns
    both = calibrate([one, scores], OPTIONS, np.random.default_rng(1)).columns
    assert set(both) == set(alone) | {"prediction"}
    assert all(both[name].critical >= alone[name].critical for name in alone)


def test_limits_are_read_as_they_were_written(tmp_path: Path) -> None:
    thresholds = calibrate([reference(np.random.default_rng(1))], OPTIONS, np.random.default_rng(2))
    thresholds.save(tmp_path)
    assert Thresholds.load(tmp_path) == thresholds
