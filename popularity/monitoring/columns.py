"""What drift reads of posts, one row a post: features as the models see them, their date, their photo, new words."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.arrays import BoolArray, FloatArray, HalfArray, IntArray
from popularity.dataset.features import TOKENS, FeatureMaker
from popularity.encoders.dictionary import Bags, Dictionary
from popularity.posts import DAY
from popularity.settings import compared

CATEGORIES = {
    "haspeople": ("nobody", "people"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
"""Columns whose values are kinds and no amounts, with the names of the values 0, 1, 2 and on."""
COMPONENTS_FILE = "embedding.npz"
UNSEEN = {"unseen_tags": "tag_score", "unseen_words": "title_score"}
"""The score whose dictionary tells which words are new. Tags and titles apart: long captions drown no fashion."""
LENGTHS = ("titlelen", "deslen", "tagcount")
"""An empty one and a short one are further apart than long ones are."""
WEEK = 7
LEAST_REST = 1e-6
"""A squared distance: what rounding leaves of a photo that lies in the components' plane."""


def posted(posts: pd.DataFrame, features: Iterable[str]) -> pd.DataFrame:
    """Hour (0 to 23) and weekday (0: Monday) of postdate, both UTC, and the features as they were given.

    Of these not what drift does not compare, and not the two scores, which nobody gave. hour is NaN where all dates
    name only a day, and for posts beyond the last whole 24 hours. weekday is NaN for posts beyond the last whole weeks,
    for part of a week has weekdays of its own, and for all but the first of a user's posts on a day: one outing.
    """
    date = posts["postdate"].to_numpy(np.int64)
    frame = given(posts, features)
    first = ~pd.DataFrame({"uid": posts["uid"], "day": date // DAY}).duplicated().to_numpy()
    return frame.assign(
        hour=frame["hour"].where((date % DAY).any() & in_whole_days(date)),
        weekday=frame["weekday"].where(in_whole_weeks(date) & first),
    )


def given(posts: pd.DataFrame, features: Iterable[str]) -> pd.DataFrame:
    """What `posted` says of each post by itself: no hour and no weekday is left out."""
    date = posts["postdate"].to_numpy(np.int64)
    frame = posts[[name for name in compared(features) if name not in TOKENS]].astype(np.float64)
    weekday = (date // DAY + 3) % WEEK  # the epoch began on a Thursday
    return frame.assign(hour=(date % DAY // 3600).astype(np.float64), weekday=weekday.astype(np.float64))


def told_by_whole_days(date: IntArray) -> BoolArray:
    """Of which posts what hangs on the hour is like that of whole days, shape (n,): all, where dates name only a day.

    date: Unix seconds, shape (n,).
    """
    return in_whole_days(date) | ~(date % DAY).any()


def in_whole_days(date: IntArray) -> BoolArray:
    """Which posts lie in the last times 24 hours that they span, shape (n,). date: Unix seconds, shape (n,)."""
    last = date.max(initial=0)
    days = (last - date.min(initial=last)) // DAY
    return np.asarray(date > last - days * DAY)


def in_whole_weeks(date: IntArray) -> BoolArray:
    """Which posts lie in the last whole weeks, shape (n,). date: Unix seconds, shape (n,); days are UTC."""
    day = date // DAY
    days = (day.max() - day.min() + 1) // WEEK * WEEK if len(day) else 0
    return np.asarray(day > day.max(initial=0) - days)


def unseen(tokens: pd.Series, dictionary: Dictionary) -> FloatArray:
    """Whether any of a post's tokens is none of the dictionary's, shape (n,), 0 or 1. tokens: a list a post."""
    bags = Bags.of(tokens)
    strange = dictionary.tokens.get_indexer(bags.vocabulary) < 0
    return (np.bincount(bags.row, weights=strange[bags.code], minlength=bags.posts) > 0).astype(np.float64)


def as_compared(frame: pd.DataFrame, maker: FeatureMaker) -> pd.DataFrame:
    """The columns of which the models take the logarithm, and LENGTHS, as logarithms; the others as they are."""
    logs = {*LENGTHS, *(column.name for column in maker.columns if column.log1p)} & set(frame.columns)
    return frame.assign(**{name: np.log1p(frame[name]) for name in sorted(logs)})


@dataclass(frozen=True)
class Components:
    """Principal components of the photos' embeddings, in the order of the variance that they explain, and the rest.

    The rest is the logarithm of the squared distance of a photo from its projection on all of them: the squared
    prediction error (Jackson and Mudholkar, 1979). What no earlier photo was like lies along no component of theirs.
    """

    mean: FloatArray  # (d,)
    axes: FloatArray  # (k, d), orthonormal

    @classmethod
    def fit(cls, embeddings: HalfArray, k: int) -> "Components":
        """The first k components of embeddings of shape (n, d); fewer where there are not ten photos for each."""
        values = embeddings.astype(np.float64)
        k = min(k, len(values) // 10)
        if not k:
            return cls(np.zeros(values.shape[1]), np.empty((0, values.shape[1])))
        mean = values.mean(axis=0)
        axes = np.linalg.svd(values - mean, full_matrices=False)[2][:k]
        largest = np.abs(axes).argmax(axis=1)
        return cls(mean, axes * np.sign(axes[np.arange(k), largest])[:, None])  # a component has no sign of its own

    @property
    def names(self) -> list[str]:
        """embedding_1 and on, and embedding_rest; none where there is no component."""
        found = [f"embedding_{number}" for number in range(1, len(self.axes) + 1)]
        return [*found, "embedding_rest"] if found else []

    def transform(self, embeddings: HalfArray) -> FloatArray:
        """Where photos lie along the components, and the rest: shape (n, k + 1); (n, 0) where there is none."""
        over = embeddings.astype(np.float64) - self.mean
        along = over @ self.axes.T
        if not len(self.axes):
            return np.asarray(along)
        rest = (over**2).sum(axis=1) - (along**2).sum(axis=1)
        return np.column_stack([along, np.log(np.maximum(rest, LEAST_REST))])

    def save(self, folder: Path) -> None:
        """Write embedding.npz into an existing folder; the same bytes for the same components."""
        np.savez(folder / COMPONENTS_FILE, mean=self.mean, axes=self.axes)

    @classmethod
    def load(cls, folder: Path) -> "Components":
        """Read what `save` wrote."""
        with np.load(folder / COMPONENTS_FILE) as content:
            return cls(content["mean"], content["axes"])


def along_components(index: pd.Index, components: Components, pids: pd.Index, embeddings: HalfArray) -> pd.DataFrame:
    """A column a component for the posts of `index`; NaN where `pids`, whose embeddings these are, lack the post."""
    values = pd.DataFrame(components.transform(embeddings), index=pids, columns=components.names)
    return values.reindex(index)
