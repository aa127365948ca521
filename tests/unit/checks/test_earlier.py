"""Bounds from earlier batches: wide enough for ordinary nights, and none where there is too little to go by."""

import numpy as np
import pandas as pd
import pytest

from popularity.checks.bands import alive_band, least_filled, level_band
from popularity.checks.earlier import Earlier, beside_earlier

WORDS = {
    "title": "a cat", "description": "asleep", "alltags": "sea", "image_url": "", "titlelen": 5.0, "deslen": 6.0,
}  # fmt: skip


def earlier(avgview: list[float], *, uid: int = 7) -> Earlier:
    """Posts of one user, a day apart."""
    n = len(avgview)
    dates = np.arange(n) * 86400
    posts = pd.DataFrame({"pid": np.arange(n), "uid": uid, "postdate": dates, "avgview": avgview})
    links = pd.DataFrame({"alive": np.arange(n) % 2 == 0, "sha256": ""})
    return Earlier(posts.assign(groupcount=1.0, avgmembercount=1.0, **WORDS), (links,))


def night(avgview: float, posts: int = 30, uid: int = 7) -> pd.DataFrame:
    frame = pd.DataFrame({"pid": np.arange(posts) + 500, "uid": uid, "postdate": 9, "avgview": avgview})
    return frame.assign(**WORDS)


def test_no_earlier_batch_bounds_nothing() -> None:
    assert alive_band(300, []) == (0.0, 1.0)


@pytest.mark.parametrize(("links", "before"), [(19, [(200, 400)]), (300, [(10, 19)])])
def test_too_few_links_on_either_side_bound_nothing(links: int, before: list[tuple[int, int]]) -> None:
    assert alive_band(links, before) == (0.0, 1.0)


def test_half_alive_allows_a_quarter_less_chance_and_not_a_tenth() -> None:
    least, most = alive_band(300, [(1200, 2400)])
    assert 0.1 < least < 0.25
    assert 0.75 < most < 0.9
    assert least == pytest.approx(1 - most)


def test_a_night_of_dead_links_hides_no_second_one() -> None:
    usual, dead = (150, 300), (30, 300)
    assert alive_band(300, [usual, usual, dead]) == alive_band(300, [usual])


def test_the_band_follows_the_latest_batches() -> None:
    assert alive_band(300, [(270, 300)] * 20 + [(150, 300)] * 10) == alive_band(300, [(150, 300)])


@pytest.mark.parametrize("before", [(0, 300), (300, 300)])
def test_a_batch_like_one_with_all_links_alike_stays_inside(before: tuple[int, int]) -> None:
    least, most = alive_band(300, [before])
    assert least <= before[0] / before[1] <= most


def test_fewer_posts_get_a_wider_band() -> None:
    few, many = alive_band(30, [(500, 1000)]), alive_band(3000, [(500, 1000)])
    assert few[0] < many[0] < many[1] < few[1]


def test_a_users_usual_avgview_is_that_of_the_latest_ten_posts() -> None:
    grown = earlier([1.0] * 30 + [100.0] * 10)
    assert set(beside_earlier(night(200.0), grown)["avgview_to_usual"]) == {2.0}


@pytest.mark.parametrize(
    ("posts", "before"),
    [
        (night(5.0, uid=8), earlier([5.0] * 30)),
        (night(0.0), earlier([5.0] * 30)),
        (night(5.0), earlier([0.0] * 30)),
        (night(5.0, posts=19), earlier([5.0] * 30)),
        (night(5.0), earlier([])),
    ],
    ids=["unseen user", "no views", "no views before", "too few posts", "no earlier batch"],
)
def test_there_is_no_ratio_without_two_figures_of_enough_posts(posts: pd.DataFrame, before: Earlier) -> None:
    assert beside_earlier(posts, before)["avgview_to_usual"].isna().all()


def test_years_ahead_are_told_by_users_who_posted_lately() -> None:
    year = 365 * 86_400
    lately = earlier([5.0] * 30)
    soon, late = (night(5.0).assign(postdate=30 * 86_400 + after) for after in (0, 2 * year))
    assert beside_earlier(soon, lately)["year_of_silence"].sum() == 0
    assert beside_earlier(late, lately)["year_of_silence"].mean() == 1
    assert beside_earlier(soon, earlier([]))["year_of_silence"].isna().all()


def test_an_old_crawl_under_new_pids_is_told_by_user_second_and_words() -> None:
    old = earlier([5.0] * 30)
    again = night(5.0).assign(postdate=old.posts["postdate"])
    assert beside_earlier(again, old)["under_another_pid"].mean() == 1
    assert beside_earlier(again.assign(title="a dog"), old)["under_another_pid"].mean() == 0
    assert beside_earlier(again.assign(pid=old.posts["pid"]), old)["under_another_pid"].mean() == 0


def test_the_level_is_a_hundredth_to_a_hundredfold_of_the_earlier_median() -> None:
    views = pd.Series([10.0] * 30 + [np.nan, 0.0])
    assert level_band(views, views) == (0.1, 1000.0)


def test_a_level_of_too_few_figures_is_open() -> None:
    few, many = pd.Series([10.0] * 19), pd.Series([10.0] * 30)
    assert level_band(few, many) == level_band(many, few) == (0.0, np.inf)


def test_a_column_that_was_never_filled_need_not_be() -> None:
    empty = pd.Series([np.nan] * 30)
    assert least_filled(empty, empty) == 0.0


def test_a_third_of_the_earlier_share_must_be_filled() -> None:
    full = pd.Series([1.0] * 30)
    assert least_filled(full, full) == pytest.approx(1 / 3)
