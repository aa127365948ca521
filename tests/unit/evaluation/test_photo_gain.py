"""What the photo adds is the difference of two networks on the same rows, over whole users."""

import numpy as np
import pandas as pd
import pytest

from popularity.evaluation.figures import figures_of
from popularity.evaluation.photo_gain import PhotoGain, photo_gain


def gain_of(gains: list[float], *, test: bool = True, users: int = 20) -> PhotoGain | None:
    """Where the network with the photo errs by so much less on the posts of the first user, the second, and so on."""
    uid = np.arange(users * 4) % users
    less = np.array(gains)[uid % len(gains)]
    observed = 5 + np.arange(len(uid)) % 7 / 7
    table = pd.DataFrame({"uid": uid, "known": 5, "fit": 0, "observed": observed, "user_mean": observed + 3})
    table = table.assign(cnn=observed + 1.5, multimodal=observed + 1.5 - less, split="test" if test else "validation")
    splits = {split: table[table["split"] == split] for split in ("validation", "test")}
    models = ["user_mean", "cnn", "multimodal"]
    found = {split: figures_of(rows, models, 1) for split, rows in splits.items()}
    return photo_gain(table, {model: {split: found[split][model] for split in splits} for model in models}, seed=1)


def test_it_is_the_difference_of_both_mean_errors_with_its_interval() -> None:
    gain = gain_of([0.25, 0.75])
    assert gain is not None
    assert gain.difference is not None
    assert (gain.with_photo.mae, gain.without.mae) == (pytest.approx(1.0), pytest.approx(1.5))
    assert gain.difference.mae == pytest.approx(-0.5)
    assert -0.75 < gain.difference.low < -0.5 < gain.difference.high < -0.25
    assert gain.split == "test"


def test_without_test_rows_it_is_of_validation_and_of_one_user_it_has_no_interval() -> None:
    held_back, alone = gain_of([0.5], test=False), gain_of([0.5], users=1)
    assert held_back is not None
    assert held_back.split == "validation"
    assert alone is not None
    assert alone.difference is None


def test_where_no_network_sees_the_photo_there_is_none() -> None:
    assert photo_gain(pd.DataFrame(), {"cnn": {}}, seed=1) is None
