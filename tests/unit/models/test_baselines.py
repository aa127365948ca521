"""What a look at the user's own posts tells."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from popularity.models.baselines import GlobalMean, MeanOfUser, OverAge, UserLast, UserMean, UserMedian
from popularity.models.evidence import Evidence, Lesson


def test_known_users_get_their_mean_and_others_the_mean_of_all_posts():
    model = UserMean()
    model.fit(np.array([[7], [7], [2]]), np.array([1.0, 3.0, 8.0]))
    assert list(model.predict(np.array([[7], [2], [5], [99]]))) == [2.0, 8.0, 4.0, 4.0]


def test_users_whose_ids_differ_in_the_18th_digit_stay_apart():
    uid = 100_000_000_000_000_001
    model = UserMean()
    model.fit(np.array([[uid], [uid + 1]]), np.array([1.0, 3.0]))
    assert list(model.predict(np.array([[uid], [uid + 1], [uid + 2]]))) == [1.0, 3.0, 2.0]


def test_a_loaded_mean_knows_the_same_users_and_says_the_same(tmp_path):
    model = UserMean()
    model.fit(np.array([[2**53 - 1.0], [7.0], [2.0]]), np.array([0.1, 3.0, 8.0]))
    model.save(tmp_path)
    loaded = UserMean.load(tmp_path)
    asked = np.array([7, 2**53 - 1, 5])
    assert loaded.knows(asked).tolist() == [True, True, False]
    assert list(loaded.predict(asked[:, None].astype(float))) == list(model.predict(asked[:, None].astype(float)))


def lesson(label: list[float], **columns: list[float]) -> Lesson:
    posts = pd.DataFrame({"pid": range(len(label)), "age_days": np.nan, **columns})
    whole = np.ones(len(label), dtype=bool)
    return Lesson(Evidence(posts, whole, None, None), np.array(label), np.zeros(len(label), dtype=np.int64), whole)


def asked(**columns: list[float]) -> Evidence:
    n = len(next(iter(columns.values())))
    return Evidence(pd.DataFrame({"age_days": np.nan, **columns}, index=range(n)), np.ones(n, dtype=bool), None, None)


def test_the_median_is_the_users_and_that_of_all_posts_for_a_stranger():
    model = UserMedian()
    model.fit(lesson([1.0, 2.0, 9.0, 5.0], uid=[7, 7, 7, 2]))
    assert model.predict(asked(uid=[7, 2, 3])).tolist() == [2.0, 5.0, 3.5]


def test_the_last_ten_are_those_before_the_post_and_no_later_one():
    model = UserLast()
    dates, label = [*range(12), 100], [*map(float, range(12)), 500.0]
    model.fit(lesson(label, uid=[7] * 13, postdate=dates))
    scored = model.predict(asked(uid=[7, 7, 7, 7, 8], postdate=[50, 3, 0, 200, 50]))
    assert scored == pytest.approx(
        [np.mean(range(2, 12)), 1.0, np.mean(label), np.mean([*range(3, 12), 500]), np.mean(label)]
    )


@pytest.mark.parametrize("make", [MeanOfUser, UserMedian, UserLast])
def test_what_is_known_of_a_user_are_posts_without_a_photo_too(make):
    both = lesson([1.0, 3.0, 3.0, 9.0], uid=[7, 7, 7, 2], postdate=[1, 2, 3, 4])
    with_photo = replace(both, member=np.array([True, False, False, True]))
    for one in (with_photo, both):
        model = make()
        model.fit(one)
        assert model.predict(asked(uid=[7], postdate=[9])) == pytest.approx(3.0 if make is UserMedian else 7 / 3)
    everybody = GlobalMean()
    everybody.fit(with_photo)
    assert everybody.predict(asked(uid=[7])) == 5.0


def test_over_a_line_through_age_a_baseline_sees_what_the_line_leaves():
    age = np.array([1.0, 10.0, 100.0, 1000.0] * 2)
    uid = np.repeat([7, 2], 4)
    model = OverAge(MeanOfUser)
    model.fit(lesson((2 + 3 * np.log1p(age) + np.where(uid == 7, 1, -1)).tolist(), uid=uid, age_days=age))
    scored = model.predict(asked(uid=[7, 2, 5, 7], age_days=[50.0, 50.0, 50.0, np.nan]))
    usual = 2 + 3 * np.log1p(55.0)  # the median age
    assert scored == pytest.approx([3 + 3 * np.log1p(50), 1 + 3 * np.log1p(50), 2 + 3 * np.log1p(50), 1 + usual])
