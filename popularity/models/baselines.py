"""What a model must beat: what a look at the user's own training posts, or at all of them, tells."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.files import read_json, write_json
from popularity.models.evidence import Evidence, Lesson
from popularity.models.history import History
from popularity.models.level import AgeLine
from popularity.models.out_of_fold import Learner

USER_MEAN = "user_mean.json"


class UserMean:
    """Mean training label of each user; of all training posts for a user never seen."""

    def fit(self, X: npt.NDArray[Any], y: FloatArray) -> None:
        """X: uid, int64 of shape (n, 1). y: shape (n,)."""
        self._uid, place = np.unique(X[:, 0], return_inverse=True)
        self._posts = np.bincount(place)
        self._mean = np.bincount(place, weights=y) / self._posts
        self._unseen = float(y.mean())

    def predict(self, X: npt.NDArray[Any]) -> FloatArray:
        """Shape (n,) for X of shape (n, 1)."""
        place = np.searchsorted(self._uid, X[:, 0]).clip(max=len(self._uid) - 1)
        return np.where(self._uid[place] == X[:, 0], self._mean[place], self._unseen)

    def save(self, folder: Path) -> None:
        """Write user_mean.json."""
        of_users = {"uid": self._uid, "mean": self._mean, "posts": self._posts}
        content = {name: values.tolist() for name, values in of_users.items()} | {"unseen": self._unseen}
        write_json(folder / USER_MEAN, content)

    @classmethod
    def load(cls, folder: Path) -> "UserMean":
        """Read what `save` wrote."""
        content = read_json(folder / USER_MEAN)
        found = cls()
        found._uid = np.array(content["uid"], dtype=np.int64)
        found._mean = np.array(content["mean"], dtype=np.float64)
        found._posts = np.array(content.get("posts", [0] * len(found._uid)), dtype=np.int64)  # older ones lack them
        found._unseen = float(content["unseen"])
        return found

    def knows(self, uid: IntArray) -> BoolArray:
        """Which of these users, shape (n,), had a training post."""
        return np.isin(uid, self._uid)

    def posts_of(self, uid: IntArray) -> IntArray:
        """How many training posts each of these users had, shape (n,)."""
        place = np.searchsorted(self._uid, uid).clip(max=len(self._uid) - 1)
        return np.where(self._uid[place] == uid, self._posts[place], 0)


class MeanOfUser:
    """`UserMean` of posts."""

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Learner`."""
        self._mean = UserMean()
        self._mean.fit(lesson.evidence.posts[["uid"]].to_numpy(np.int64), lesson.label)

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Learner`."""
        return self._mean.predict(evidence.posts[["uid"]].to_numpy(np.int64))


class GlobalMean:
    """The mean of the training labels of the population that is scored."""

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Learner`."""
        self._mean = float(lesson.own.label.mean())

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Learner`."""
        return np.full(len(evidence.posts), self._mean)


class UserMedian:
    """Median training label of each user; of all training posts for a user never seen."""

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Learner`."""
        self._median = pd.Series(lesson.label).groupby(lesson.evidence.posts["uid"].to_numpy()).median()
        self._unseen = float(np.median(lesson.label))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Learner`."""
        median = evidence.posts["uid"].map(self._median).fillna(self._unseen)
        return np.asarray(median.to_numpy(np.float64), dtype=np.float64)


class UserLast:
    """Mean label of the user's last `COUNT` training posts before the post; of all training posts where none was."""

    COUNT = 10

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Learner`."""
        uid, postdate, pid = (lesson.evidence.posts[name].to_numpy(np.int64) for name in ("uid", "postdate", "pid"))
        order = History.order(uid, postdate, pid)
        label = lesson.label[order]
        self._history = History(uid[order], postdate[order], postdate[order], label, label)
        self._total = np.concatenate([[0.0], label.cumsum()])
        self._unseen = float(label.mean())

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Learner`."""
        known = self._history.known(*(evidence.posts[name].to_numpy(np.int64) for name in ("uid", "postdate")))
        start = np.maximum(known.end - self.COUNT, known.first)
        mean = (self._total[known.end] - self._total[start]) / np.maximum(known.end - start, 1)
        return np.where(known.count > 0, mean, self._unseen)


class OverAge:
    """The line through the logarithm of a post's age when its label was read, and a baseline of what it leaves.

    make: that baseline. The age is part of the question, so that of a scored post is known.
    """

    def __init__(self, make: Callable[[], Learner]) -> None:
        self._rest = make()

    def fit(self, lesson: Lesson) -> None:
        """See `out_of_fold.Learner`."""
        posts = lesson.evidence.posts
        age, uid = posts["age_days"].to_numpy(np.float64), posts["uid"].to_numpy(np.int64)
        self._line = AgeLine.fit(age, lesson.label, uid)
        self._rest.fit(replace(lesson, label=lesson.label - self._expected(lesson.evidence)))

    def predict(self, evidence: Evidence) -> FloatArray:
        """See `out_of_fold.Learner`."""
        return self._expected(evidence) + self._rest.predict(evidence)

    def _expected(self, evidence: Evidence) -> FloatArray:
        return self._line.of(evidence.posts["age_days"].to_numpy(np.float64))
