"""Where predictions stand among the labels of their users' own posts."""

import numpy as np
import pandas as pd
import pytest

from kit.dataset_rows import dataset_rows, write_rows
from popularity.registry.own_posts import OwnPosts


def test_a_prediction_is_above_the_share_of_the_users_own_labels_that_lie_below_it():
    own = OwnPosts(pd.DataFrame({"uid": [7, 8, 7, 7, 7], "label": [9.0, 3.0, 1.0, 5.0, 4.0]}))
    found = own.share_below(np.array([7, 8, 7, 5]), np.array([5.0, 9.0, 0.5, 9.0]))
    np.testing.assert_array_equal(found, [0.5, 1.0, 0.0, np.nan])
    assert [own.count(uid) for uid in (7, 8, 5)] == [4, 1, 0]


def test_they_are_the_projects_training_posts(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert np.isnan(OwnPosts.read().share_below(np.array([3]), np.array([1.0]))).all()
    rows = dataset_rows(np.arange(18), np.where(np.arange(18) < 9, 0, -1), np.ones(18, dtype=bool))
    write_rows(rows)
    own = OwnPosts.read()
    assert [own.count(uid) for uid in range(9)] == [1] * 9
    assert own.share_below(np.array([3, 3]), rows["label"].to_numpy()[3] + np.array([-0.1, 0.1])).tolist() == [0, 1]
