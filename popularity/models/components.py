"""The few directions in which photos' embeddings differ most, fitted with the model that reads them."""

from dataclasses import dataclass

import numpy as np

from popularity.arrays import FloatArray, HalfArray, Matrix
from popularity.models.evidence import Evidence

ENOUGH = 5000
"""Photos from which directions are fitted, spread evenly over all: more move the first dozen by little."""


@dataclass(frozen=True)
class Components:
    """Principal components, each scaled to the variance 1."""

    mean: FloatArray  # (d,)
    direction: FloatArray  # (k, d)

    @classmethod
    def fit(cls, embeddings: HalfArray, count: int) -> "Components":
        """Of n >= 1 photos, shape (n, d); at most `count`, and none that does not vary."""
        from scipy.linalg import eigh

        some = embeddings[:: max(len(embeddings) // ENOUGH, 1)].astype(np.float64)
        mean = some.mean(axis=0)
        around = some - mean
        size = around.shape[1]
        variance, vectors = eigh(around.T @ around / len(some), subset_by_index=[max(size - count, 0), size - 1])
        kept = np.flatnonzero(variance > 1e-9 * max(float(variance.max()), 1e-30))[::-1]
        return cls(mean, np.asarray((vectors[:, kept] / np.sqrt(variance[kept])).T))

    def of(self, evidence: Evidence) -> Matrix:
        """Shape (n, k), NaN for posts without a photo.

        Summed row by row: a product of matrices rounds a row differently alone and among others.
        """
        found = np.full((len(evidence.posts), len(self.direction)), np.nan)
        if evidence.embeddings is None:
            return found
        rows = np.flatnonzero(evidence.has_photo)
        for start in range(0, len(rows), ENOUGH):
            around = evidence.embeddings[start : start + ENOUGH].astype(np.float64) - self.mean
            for number, direction in enumerate(self.direction):
                found[rows[start : start + ENOUGH], number] = (around * direction).sum(axis=1)
        return found
