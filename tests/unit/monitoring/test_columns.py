"""What drift compares of a post."""

import numpy as np
import pandas as pd
import pytest

from popularity.encoders.dictionary import Dictionary
from popularity.monitoring.columns import (
    Components,
    along_components,
    in_whole_weeks,
    posted,
    told_by_whole_days,
    unseen,
)
from popularity.posts import DAY
from popularity.settings import CON_SOC


def dictionary(*tokens: str) -> Dictionary:
    n = len(tokens)
    return Dictionary(pd.Index(sorted(tokens), dtype=object), np.ones(n, np.int64), np.zeros(n), 0.0)


MONDAY = 1_467_590_400  # 4 July 2016, 00:00 UTC


def test_hour_and_weekday_are_utc() -> None:
    dates = [MONDAY - 1, *(MONDAY + day * DAY for day in range(6))]  # from Sunday 23:59:59
    posts = pd.DataFrame({"uid": 1, "postdate": dates})
    found = posted(posts, [])
    assert found["hour"][2:].tolist() == [0] * 5
    assert found["weekday"].tolist() == [6, 0, 1, 2, 3, 4, 5]


def test_hours_are_those_of_the_last_whole_days() -> None:
    hours = [0, 10, 30, 34]  # a day and ten hours
    posts = pd.DataFrame({"uid": range(4), "postdate": [MONDAY + hour * 3600 for hour in hours]})
    assert posted(posts, [])["hour"].fillna(-1).tolist() == [-1, -1, 6, 10]
    assert posted(posts[:2], [])["hour"].isna().all()


def test_dates_that_name_only_a_day_have_no_hour() -> None:
    assert posted(pd.DataFrame({"uid": 1, "postdate": [MONDAY, MONDAY + DAY]}), [])["hour"].isna().all()


def test_a_users_posts_of_one_day_have_one_weekday() -> None:
    dates = [MONDAY, MONDAY + 1, MONDAY + 2, *(MONDAY + day * DAY for day in range(1, 7))]
    posts = pd.DataFrame({"uid": [1, 1, 2, 1, 1, 1, 1, 1, 1], "postdate": dates})
    assert posted(posts, [])["weekday"].isna().tolist() == [False, True, *[False] * 7]


def test_weekdays_are_those_of_the_last_whole_weeks() -> None:
    days = np.array([0, 1, 7, 8])  # nine days, the first two before the last whole week
    assert in_whole_weeks(MONDAY + days * DAY).tolist() == [False, False, True, True]
    assert not in_whole_weeks(MONDAY + np.arange(6) * DAY).any()
    assert in_whole_weeks(MONDAY + np.arange(7) * DAY).all()


def test_features_are_compared_as_given_but_ids_scores_and_what_comes_after_posting() -> None:
    posts = pd.DataFrame({name: [1] for name in (*CON_SOC, "words") if not name.endswith("_score")})
    assert posted(posts, [*CON_SOC, "words"]).columns.tolist() == [
        "haspeople", "titlelen", "deslen", "tagcount", "avgview", "groupcount", "avgmembercount", "sentiment", "words",
        "hour", "weekday",
    ]  # fmt: skip


def test_what_hangs_on_the_hour_is_told_by_whole_days() -> None:
    hours = MONDAY + 3600 * np.arange(30)
    assert told_by_whole_days(hours).tolist() == [False] * 6 + [True] * 24
    assert not told_by_whole_days(hours[:20]).any()
    assert told_by_whole_days(MONDAY + DAY * np.array([0, 0, 1])).all()  # dates without an hour


def test_a_post_is_new_by_any_word_that_the_dictionary_lacks_and_none_is_without_words() -> None:
    tokens = pd.Series([["a", "x"], ["a"], []])
    assert unseen(tokens, dictionary("a")).tolist() == [1.0, 0.0, 0.0]


def test_components_follow_the_variance_and_have_one_sign() -> None:
    rng = np.random.default_rng(1)
    embeddings = (rng.normal(size=(200, 8)) * [1, 9, 1, 3, 1, 1, 1, 1]).astype(np.float16)
    components = Components.fit(embeddings, 2)
    assert np.abs(components.axes).argmax(axis=1).tolist() == [1, 3]
    assert components.axes[0, 1] > 0
    assert components.axes[1, 3] > 0
    along = components.transform(embeddings)
    assert along[:, :2].std(axis=0) == pytest.approx([9, 3], rel=0.15)
    off = embeddings.astype(np.float64) - components.mean
    off -= off @ components.axes.T @ components.axes
    assert along[:, 2] == pytest.approx(np.log((off**2).sum(axis=1)))


def test_photos_unlike_any_before_lie_off_the_components() -> None:
    rng = np.random.default_rng(1)
    embeddings = (rng.normal(size=(200, 8)) * [1, 9, 1, 3, 1, 1, 1, 1]).astype(np.float16)
    components = Components.fit(embeddings, 2)
    moved = embeddings + np.eye(8, dtype=np.float16)[5] * 4  # across what earlier photos differed in
    before, after = (components.transform(photos).mean(axis=0) for photos in (embeddings, moved))
    assert after[:2] == pytest.approx(before[:2], abs=0.5)
    assert after[2] > before[2] + 1
    in_the_plane = components.mean + components.axes[:1] * 2
    assert np.isfinite(components.transform(in_the_plane.astype(np.float16))).all()


def test_few_photos_have_few_components() -> None:
    embeddings = np.random.default_rng(1).normal(size=(25, 8)).astype(np.float16)
    assert Components.fit(embeddings, 4).names == ["embedding_1", "embedding_2", "embedding_rest"]
    without = Components.fit(embeddings[:5], 4)
    assert without.names == []
    assert without.transform(embeddings).shape == (25, 0)


def test_a_post_without_a_photo_lies_nowhere_along_the_components() -> None:
    embeddings = np.random.default_rng(1).normal(size=(30, 8)).astype(np.float16)
    components = Components.fit(embeddings, 1)
    along = along_components(pd.Index([5, 6, 7]), components, pd.Index([7, 5]), embeddings[:2])
    assert along["embedding_1"].isna().tolist() == [False, True, False]
    assert along["embedding_1"][7] == components.transform(embeddings)[0, 0]
