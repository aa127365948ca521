"""The labels of a user's own posts, as far as the project here learned from them."""

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import FloatArray, IntArray
from popularity.posts import read_table


class OwnPosts:
    """Which share of a user's own labels a prediction is above. posts: uid and label of those learned from."""

    def __init__(self, posts: pd.DataFrame) -> None:
        self._labels = {
            int(str(uid)): np.sort(labels.to_numpy(np.float64)) for uid, labels in posts.groupby("uid")["label"]
        }

    @classmethod
    def read(cls) -> "OwnPosts":
        """The current project's training posts; of nobody where there are none, as beside a champion alone."""
        if not paths.DATASET.exists():
            return cls(pd.DataFrame({"uid": [], "label": []}))
        rows = read_table(paths.DATASET, ["uid", "split", "label"])
        return cls(rows.loc[rows["split"] == "train", ["uid", "label"]])

    def count(self, uid: int) -> int:
        """How many of a user's posts are known."""
        return len(self._labels.get(uid, ()))

    def share_below(self, uid: IntArray, prediction: FloatArray) -> FloatArray:
        """Which share of the user's labels lies below each of n predictions, shape (n,); NaN where none is known."""
        none = np.empty(0)
        found = np.full(len(uid), np.nan)
        for row, (user, one) in enumerate(zip(uid.tolist(), prediction, strict=True)):
            labels = self._labels.get(user, none)
            if len(labels):
                found[row] = np.searchsorted(labels, one) / len(labels)
        return found
