"""The user's mean."""

import numpy as np

from popularity.models.baselines import UserMean


def test_known_users_get_their_mean_and_others_the_mean_of_all_posts():
    model = UserMean()
    model.fit(np.array([[7.0], [7.0], [2.0]]), np.array([1.0, 3.0, 8.0]))
    assert list(model.predict(np.array([[7.0], [2.0], [5.0], [99.0]]))) == [2.0, 8.0, 4.0, 4.0]
