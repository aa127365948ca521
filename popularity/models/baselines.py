"""What a model must beat: the mean label of the user's own training posts."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.files import read_json, write_json


class UserMean:
    """Mean training label of each user; of all training posts for a user never seen."""

    def fit(self, X: npt.NDArray[Any], y: FloatArray) -> None:
        """X: uid, int64 of shape (n, 1). y: shape (n,)."""
        self._uid, place = np.unique(X[:, 0], return_inverse=True)
        self._mean = np.bincount(place, weights=y) / np.bincount(place)
        self._unseen = float(y.mean())

    def predict(self, X: npt.NDArray[Any]) -> FloatArray:
        """Shape (n,) for X of shape (n, 1)."""
        place = np.searchsorted(self._uid, X[:, 0]).clip(max=len(self._uid) - 1)
        return np.where(self._uid[place] == X[:, 0], self._mean[place], self._unseen)

    def save(self, folder: Path) -> None:
        """Write user_mean.json."""
        content = {"uid": self._uid.tolist(), "mean": self._mean.tolist(), "unseen": self._unseen}
        write_json(folder / "user_mean.json", content)

    @classmethod
    def load(cls, folder: Path) -> "UserMean":
        """Read what `save` wrote."""
        content = read_json(folder / "user_mean.json")
        found = cls()
        found._uid = np.array(content["uid"], dtype=np.int64)
        found._mean = np.array(content["mean"], dtype=np.float64)
        found._unseen = float(content["unseen"])
        return found

    def knows(self, uid: IntArray) -> BoolArray:
        """Which of these users, shape (n,), had a training post."""
        return np.isin(uid, self._uid)
