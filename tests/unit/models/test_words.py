"""Scores of words: by other users' labels."""

import numpy as np
import pandas as pd
import pytest

from popularity.models.words import GROUPS, Words, group_of
from popularity.settings import Dictionary

OPTIONS = Dictionary(min_count=2, smoothing=0)
UID = np.arange(40, dtype=np.int64)
TOKENS = pd.Series([["sea"] if uid % 2 else ["sea", "rare"] if uid == 0 else ["town"] for uid in UID])
TARGET = np.where(UID % 2, 1.0, -1.0)[:, None]
WORDS = Words.fit(TOKENS, UID, TARGET, OPTIONS)


def score(tokens, uid, words=WORDS):
    return words.of(pd.Series([tokens]), np.array([uid]), UID)[0, 0]


def test_a_words_score_is_the_mean_of_its_posts():
    assert score(["town"], 999) == pytest.approx(-1)


def test_a_posts_score_is_the_mean_of_its_words_and_an_unseen_one_counts_nothing():
    assert score(["town", "new"], 999) == pytest.approx(-0.5)
    assert score([], 999) == 0


def test_a_word_on_too_few_posts_has_no_score():
    assert score(["rare"], 999) == 0


@pytest.mark.parametrize("uid", [3, 8])
def test_the_score_of_a_users_own_post_knows_none_of_its_labels(uid):
    other = TARGET.copy()
    other[uid] += 100
    again = Words.fit(TOKENS, UID, other, OPTIONS)
    assert score(TOKENS[uid], uid, again) == score(TOKENS[uid], uid)
    assert score(TOKENS[uid], 999, again) != score(TOKENS[uid], 999)


def test_many_posts_of_one_user_count_as_their_square_root():
    uid = np.array([1, 1, 1, 1, 2, 3])
    words = Words.fit(pd.Series([["a"]] * 6), uid, np.array([1.0, 1, 1, 1, 0, 0])[:, None], OPTIONS)
    assert words.of(pd.Series([["a"]]), np.array([99]), uid)[0, 0] == pytest.approx(2 / 4)


def test_groups_are_of_like_sizes_whatever_the_pattern_of_ids():
    for step in (1, 10, 2**20):
        sizes = np.bincount(group_of(np.arange(2000, dtype=np.int64) * step), minlength=GROUPS)
        assert sizes.min() > 300
