"""Posts of one user are alike: how much so many of so many users tell."""

from dataclasses import dataclass

import numpy as np

from popularity.arrays import IntArray


@dataclass(frozen=True)
class Mix:
    """One over the number of posts, and one over that of users, each as if all counted alike (Kish, 1965)."""

    posts: float
    users: float

    @classmethod
    def of(cls, uid: IntArray, times: IntArray | None = None) -> "Mix":
        """uid: who posted, shape (n,), n >= 1. times: how often each post counts, somewhere more than 0; None: once."""
        weight = np.ones(len(uid)) if times is None else times.astype(np.float64)
        _, user = np.unique(uid, return_inverse=True)
        square = weight.sum() ** 2
        of_users = np.bincount(user, weights=weight)
        return cls(float((weight**2).sum() / square), float((of_users**2).sum() / square))
