"""The error to expect of a night, told without its labels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from popularity.arrays import FloatArray
from popularity.models.baselines import UserMean
from popularity.monitoring.expected_error import FEWEST, FILE, expected_mae, write_errors
from popularity.posts import DAY

FEATURES = ("deslen", "tagcount")
POSTS = 2000


def posts(seed: int, wordy: float, n: int = POSTS) -> tuple[pd.DataFrame, FloatArray]:
    """Posts of 50 users and their scores; wordy: the share with long descriptions, whose scores err by 2, not by .5."""
    rng = np.random.default_rng(seed)
    is_wordy = rng.random(n) < wordy
    prediction = rng.normal(6, 1, n)
    error = np.where(is_wordy, 2.0, 0.5) * rng.choice([-1.0, 1.0], n) * rng.uniform(0.8, 1.2, n)
    frame = pd.DataFrame(
        {
            "pid": np.arange(n) + seed * 10_000,
            "uid": rng.integers(0, 50, n),
            "postdate": 1_400_000_000 + rng.integers(0, 10**6, n),
            "has_photo": rng.random(n) < 0.5,
            "deslen": np.where(is_wordy, 200.0, 10.0),
            "tagcount": 3.0,
            "label": prediction + error,
        }
    )
    return frame, prediction


def users() -> UserMean:
    mean = UserMean()
    mean.fit(np.arange(50)[:, None], np.full(50, 6.0))
    return mean


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reference of which one post in five is wordy."""
    known, prediction = posts(1, wordy=0.2)
    write_errors(tmp_path, known, prediction, users(), FEATURES)
    return tmp_path


@pytest.mark.parametrize(("wordy", "expected"), [(0.0, 0.5), (0.2, 0.8), (0.6, 1.4), (1.0, 2.0)])
def test_a_night_is_expected_to_err_as_posts_like_its_own_did(folder: Path, wordy: float, expected: float) -> None:
    night, prediction = posts(2, wordy)
    told = expected_mae(folder, night.drop(columns="label"), prediction, users(), FEATURES)
    assert told == pytest.approx(expected, abs=0.08)
    assert told == expected_mae(folder, night, prediction, users(), FEATURES)


def test_a_label_that_moves_without_its_post_is_not_seen(folder: Path) -> None:
    night, prediction = posts(2, 0.2)
    told = expected_mae(folder, night, prediction, users(), FEATURES)
    assert told == expected_mae(folder, night.assign(label=night["label"] + 5), prediction, users(), FEATURES)


def test_few_rows_or_an_older_champion_tell_nothing(folder: Path, tmp_path: Path) -> None:
    night, prediction = posts(2, 0.2)
    pq.write_table(pq.read_table(folder / FILE).slice(0, FEWEST - 1), folder / FILE)
    assert np.isnan(expected_mae(folder, night, prediction, users(), FEATURES))
    assert np.isnan(expected_mae(tmp_path / "older", night, prediction, users(), FEATURES))


def test_a_column_that_no_known_post_fills_tells_nothing(tmp_path: Path) -> None:
    known, prediction = posts(1, wordy=0.2)
    write_errors(tmp_path, known.assign(tagcount=np.nan), prediction, users(), FEATURES)
    night, scores = posts(2, 0.6)
    assert expected_mae(tmp_path, night, scores, users(), FEATURES) == pytest.approx(1.4, abs=0.08)


def test_a_night_shorter_than_a_week_errs_as_its_posts_did_before(folder: Path) -> None:
    known, prediction = posts(2, 0.2)
    night = known.assign(postdate=1_400_000_000 + np.arange(len(known)) % DAY)  # drift compares no weekday of it
    assert expected_mae(folder, night, prediction, users(), FEATURES) == pytest.approx(0.8, abs=0.08)
