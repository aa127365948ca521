"""Posts of one user are alike: how much so many posts of so many users tell."""

from dataclasses import dataclass

import numpy as np

from popularity.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Mix:
    """posts: one over their number, as if all counted alike (Kish, 1965). uid, share: each user's part of them."""

    posts: float
    uid: IntArray  # sorted
    share: FloatArray

    @classmethod
    def of(cls, uid: IntArray, times: IntArray | None = None) -> "Mix":
        """uid: who posted, shape (n,), n >= 1. times: how often each post counts, somewhere more than 0; None: once."""
        weight = np.ones(len(uid)) if times is None else times.astype(np.float64)
        weight = weight / weight.sum()
        users, user = np.unique(uid, return_inverse=True)
        return cls(float((weight**2).sum()), users, np.bincount(user, weights=weight).astype(np.float64))

    @property
    def users(self) -> float:
        """One over the number of users, as if all had as many posts."""
        return float((self.share**2).sum())

    def apart(self, other: "Mix") -> float:
        """The sum of squares of what users' shares differ: 0 where both are of the same users' posts."""
        _, mine, theirs = np.intersect1d(self.uid, other.uid, assume_unique=True, return_indices=True)
        return max(self.users + other.users - 2 * float(self.share[mine] @ other.share[theirs]), 0.0)


NOBODY = Mix(0.0, np.empty(0, np.int64), np.empty(0))
"""What is known for sure."""
