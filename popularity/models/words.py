"""What words say about how popular a post is, as other users' posts tell it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray, IntArray
from popularity.dataset.features import TOKENS
from popularity.encoders.dictionary import Bags
from popularity.settings import Dictionary

GROUPS = 5
"""Groups of users: a user's posts are scored by dictionaries of the other groups."""


def group_of(uid: IntArray) -> IntArray:
    """The group of each user, 0 to GROUPS - 1, shape (n,): by the id alone, spread evenly whatever its pattern."""
    mixed = uid.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed >> np.uint64(40)) % np.uint64(GROUPS)).astype(np.int64)


@dataclass(frozen=True)
class Words:
    """Scores of the tokens of one column, by dictionaries that each leave out one group of users, and one of all.

    A dictionary that knew the user's own labels would say again what the history says, and more of it the rarer a
    word is. Several posts of one user count as their square root: of two tags that a thousand posts carry, the one
    that a hundred users chose says more about a user never seen.
    """

    vocabulary: pd.Index  # (v,), sorted
    score: FloatArray  # (GROUPS + 1, kinds, v), the label's unit; the last of all users

    @classmethod
    def fit(cls, tokens: pd.Series, uid: IntArray, targets: FloatArray, options: Dictionary) -> "Words":
        """score = sum of w * target / (sum of w + smoothing), w = 1 / square root of the user's posts with the token.

        tokens: n lists. targets: shape (n, kinds), around 0, which is what a token on few posts tends to.
        """
        bags = Bags.of(tokens)
        kept = np.flatnonzero(np.bincount(bags.code, minlength=len(bags.vocabulary)) >= options.min_count)
        kept = kept[bags.vocabulary[kept].argsort()]
        place = np.full(len(bags.vocabulary), -1)
        place[kept] = np.arange(len(kept))
        known = place[bags.code] >= 0
        row, code = bags.row[known], place[bags.code][known]
        _, user = np.unique(uid, return_inverse=True)
        _, pair, posts = np.unique(user[row] * (len(kept) + 1) + code, return_inverse=True, return_counts=True)
        weight = 1 / np.sqrt(posts[pair])
        group = group_of(uid)[row]
        score = np.zeros((GROUPS + 1, targets.shape[1], len(kept)))
        for left_out in range(GROUPS + 1):
            used = group != left_out
            size = np.bincount(code[used], weights=weight[used], minlength=len(kept))
            for kind in range(targets.shape[1]):
                worth = weight[used] * targets[row[used], kind]
                total = np.bincount(code[used], weights=worth, minlength=len(kept))
                score[left_out, kind] = total / (size + options.smoothing)
        return cls(bags.vocabulary[kept], score.astype(np.float32).astype(np.float64))

    def of(self, tokens: pd.Series, uid: IntArray, seen: IntArray) -> FloatArray:
        """Mean score of each post's tokens, shape (n, kinds); 0 for unseen ones and for posts without any.

        seen: the users that had training posts, sorted: whoever is none of them is scored by the dictionary of all.
        """
        bags = Bags.of(tokens)
        place = self.vocabulary.get_indexer(bags.vocabulary)[bags.code]
        book = np.where(np.isin(uid, seen), group_of(uid), GROUPS)[bags.row]
        length = np.maximum(np.bincount(bags.row, minlength=bags.posts), 1)
        columns = []
        for kind in range(self.score.shape[1]):
            of_token = np.where(place >= 0, self.score[book, kind, place] if self.score.shape[2] else 0.0, 0.0)
            columns.append(np.bincount(bags.row, weights=of_token, minlength=bags.posts) / length)
        return np.column_stack(columns)


@dataclass(frozen=True)
class AllWords:
    """The scores of all columns of tokens."""

    columns: dict[str, Words]  # by the column's name
    seen: IntArray  # users with training posts, sorted

    @classmethod
    def fit(cls, posts: pd.DataFrame, targets: FloatArray, options: Dictionary) -> "AllWords":
        """posts: n training posts with uid and token lists. targets: as `Words.fit` takes them."""
        uid = posts["uid"].to_numpy(np.int64)
        found = {name: Words.fit(posts[name], uid, targets, options) for name in TOKENS.values()}
        return cls(found, np.unique(uid))

    def of(self, posts: pd.DataFrame) -> FloatArray:
        """Shape (n, columns * kinds)."""
        uid = posts["uid"].to_numpy(np.int64)
        return np.column_stack([words.of(posts[name], uid, self.seen) for name, words in self.columns.items()])
