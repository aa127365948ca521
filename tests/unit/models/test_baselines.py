"""The user's mean."""

import numpy as np

from popularity.models.baselines import UserMean


def test_known_users_get_their_mean_and_others_the_mean_of_all_posts():
    model = UserMean()
    model.fit(np.array([[7], [7], [2]]), np.array([1.0, 3.0, 8.0]))
    assert list(model.predict(np.array([[7], [2], [5], [99]]))) == [2.0, 8.0, 4.0, 4.0]


def test_users_whose_ids_differ_in_the_18th_digit_stay_apart():
    uid = 100_000_000_000_000_001
    model = UserMean()
    model.fit(np.array([[uid], [uid + 1]]), np.array([1.0, 3.0]))
    assert list(model.predict(np.array([[uid], [uid + 1], [uid + 2]]))) == [1.0, 3.0, 2.0]


def test_a_loaded_mean_knows_the_same_users_and_says_the_same(tmp_path):
    model = UserMean()
    model.fit(np.array([[2**53 - 1.0], [7.0], [2.0]]), np.array([0.1, 3.0, 8.0]))
    model.save(tmp_path)
    loaded = UserMean.load(tmp_path)
    asked = np.array([7, 2**53 - 1, 5])
    assert loaded.knows(asked).tolist() == [True, True, False]
    assert list(loaded.predict(asked[:, None].astype(float))) == list(model.predict(asked[:, None].astype(float)))
