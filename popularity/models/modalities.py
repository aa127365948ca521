"""What each kind of evidence brings a model: how much more it errs on posts that are given another post's.

Permutation importance (Breiman, Random Forests, 2001, section 10), of all columns of a modality together, on posts that
the fit did not learn from. Together, for a user's mean views and their groups tell of the same user: a model that may
still read the one loses little with the other.
"""

from collections.abc import Callable, Iterator

import numpy as np

from popularity.arrays import FloatArray, IntArray
from popularity.models.evidence import Evidence
from popularity.models.subjects import MODALITIES, MODALITY, PHOTO, PHOTO_OF, subject

AT_MOST = 5000
"""Posts of a fit that are predicted again, once a modality: of the five folds' 25,000 the mean error is known to about
a hundredth, and what it costs does not grow with the posts that there are."""


class Brought:
    """Sums up over fits that each scored posts it had not learned from. seed: of the permutations."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._posts = 0
        self._more: dict[str, float] = {}

    def add(
        self,
        predict: Callable[[Evidence], FloatArray],
        evidence: Evidence,
        label: FloatArray,
        prediction: FloatArray,
    ) -> None:
        """Count n posts of one fit, AT_MOST of them, drawn.

        label, and prediction, which is what `predict` says of the evidence: shape (n,), the label's unit.
        """
        if len(label) > AT_MOST:
            drawn = np.zeros(len(label), dtype=bool)
            drawn[self._random.choice(len(label), AT_MOST, replace=False)] = True
            evidence, label, prediction = evidence.of(drawn), label[drawn], prediction[drawn]
        self._posts += len(label)
        for modality in MODALITIES:
            other = predict(permuted(evidence, modality, self._random))
            if (other != prediction).any():
                more = float((np.abs(label - other) - np.abs(label - prediction)).sum())
                self._more[modality] = self._more.get(modality, 0.0) + more

    @property
    def by_modality(self) -> dict[str, float]:
        """Mean absolute error with the modality permuted, less that with everything in its place, in the label's unit.

        Of all posts that were counted. A modality whose permutation changes no prediction is absent.
        """
        return {name: self._more[name] / self._posts for name in MODALITIES if name in self._more}


def permuted(evidence: Evidence, modality: str, random: np.random.Generator) -> Evidence:
    """n posts, each of them with the columns of a modality of some other one, all of the same.

    Another uid means another user's history, and another date that part of its own user's which lies before it. Posts
    with a photo change it among themselves, as the others do what they have in its place.
    """
    n, posts, embeddings = len(evidence.posts), evidence.posts, evidence.embeddings
    if modality != MODALITY[PHOTO]:
        order = random.permutation(n)
    else:
        order = np.arange(n)
        for kind in _photo_or_none(evidence):
            order[kind] = random.permutation(kind)
        posts = posts.assign(**{PHOTO_OF: posts["pid"]})
        if embeddings is not None:
            place = np.cumsum(evidence.has_photo) - 1
            embeddings = embeddings[place[order[evidence.has_photo]]]
    names = [name for name in posts if MODALITY.get(subject(str(name))) == modality]
    others = posts[names].iloc[order].set_axis(posts.index)
    changed = posts.assign(**{str(name): others[name] for name in names})
    return Evidence(changed, evidence.has_photo, embeddings, evidence.backbone)


def _photo_or_none(evidence: Evidence) -> Iterator[IntArray]:
    yield np.flatnonzero(evidence.has_photo)
    yield np.flatnonzero(~evidence.has_photo)
