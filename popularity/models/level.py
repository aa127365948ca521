"""How popular a post is before anything is known of its words or its user's labels: its age, and numbers beside it."""

from dataclasses import dataclass

import numpy as np

from popularity.arrays import FloatArray, IntArray


def weight_by_user(uid: IntArray, power: float = 1.0) -> FloatArray:
    """1 / (posts of the same user) ** power of each post, scaled to the mean 1, shape (n,)."""
    _, user, posts = np.unique(uid, return_inverse=True, return_counts=True)
    weight = (1.0 / posts[user]) ** power
    return np.asarray(weight / weight.mean())


@dataclass(frozen=True)
class AgeLine:
    """label = intercept + slope * log1p(age in days), each user counted once; a constant where no age is known."""

    intercept: float
    slope: float
    usual: float  # age in days that is taken where nobody says one: the median of the training posts; 0 if none says

    @classmethod
    def fit(cls, age_days: FloatArray, label: FloatArray, uid: IntArray) -> "AgeLine":
        """Least squares. All of shape (n,); an age is NaN where nobody says it."""
        known = ~np.isnan(age_days)
        weight = weight_by_user(uid)
        if not known.any():
            return cls(float(np.average(label, weights=weight)), 0.0, 0.0)
        usual = float(np.median(age_days[known]))
        x = np.log1p(np.where(known, age_days, usual))
        mean_x, mean_y = np.average(x, weights=weight), np.average(label, weights=weight)
        around = x - mean_x
        slope = float((weight * around * (label - mean_y)).sum() / max((weight * around**2).sum(), 1e-9))
        return cls(float(mean_y - slope * mean_x), slope, usual)

    def age(self, age_days: FloatArray) -> FloatArray:
        """The ages, the usual one where nobody says, shape (n,)."""
        return np.where(np.isnan(age_days), self.usual, age_days)

    def of(self, age_days: FloatArray) -> FloatArray:
        """The line at these ages, shape (n,)."""
        return self.intercept + self.slope * np.log1p(self.age(age_days))
