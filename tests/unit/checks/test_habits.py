"""What posts do, and how much of it a batch may do beside earlier ones."""

import numpy as np
import pandas as pd
import pytest

from popularity.checks.bands import most_in_parts, most_share
from popularity.checks.habits import LEAST, commonest_picture, habit_bounds, habits
from popularity.checks.swapped import as_if_swapped

DAY = 86_400


def posts(n: int = 100, **columns: object) -> pd.DataFrame:
    """Good posts, a minute apart, of ten users."""
    pid = np.arange(n) + 5000
    title = [f"cat {'x' * (number % 17)}" for number in range(n)]
    frame = pd.DataFrame({"pid": pid, "uid": pid % 10, "postdate": 1_500_000_001 + 60 * np.arange(n), "title": title})
    frame = frame.assign(description=frame["title"].str.repeat(4), alltags="sea café")
    lengths = {"titlelen": frame["title"].str.len(), "deslen": frame["description"].str.len()}
    return frame.assign(**lengths, image_url=[f"images/{number}.jpg" for number in pid]).assign(**columns)


@pytest.mark.parametrize(
    ("habit", "columns"),
    [
        ("title_has_markup", {"title": "<b>cat</b>"}),
        ("description_has_markup", {"description": "a &amp; b"}),
        ("title_is_empty", {"title": ""}),
        ("titlelen_differs", {"titlelen": 3.0}),
        ("deslen_differs", {"deslen": 3.0}),
        ("nothing_beyond_ascii", {"alltags": "sea"}),
        ("link_lacks_pid", {"image_url": "images/1.jpg"}),
        ("at_midnight", {"postdate": 17_000 * DAY}),
        ("of_commonest_uid", {"uid": 7}),
        ("of_commonest_postdate", {"postdate": 1_500_000_001}),
        ("of_commonest_link", {"image_url": "images/1.jpg"}),
        ("of_commonest_title_length", {"title": "cut"}),
        ("of_commonest_description_length", {"description": "cut"}),
    ],
)
def test_a_habit_that_all_posts_have_passes_its_bound_and_good_posts_do_not(
    habit: str, columns: dict[str, object]
) -> None:
    bounds = habit_bounds(habits(posts()), posts())
    assert bounds[f"least_without_{habit}"] > 0
    assert 1 - habits(posts(**columns))[habit].mean() < bounds[f"least_without_{habit}"]
    assert 1 - habits(posts())[habit].mean() >= bounds[f"least_without_{habit}"]


def test_a_post_that_comes_twice_counts_both_times() -> None:
    twice = pd.concat([posts(3), posts(1, pid=1)], ignore_index=True)
    assert habits(twice)["words_of_another"].tolist() == [1, 0, 0, 1]


def test_what_all_earlier_posts_do_is_no_damage() -> None:
    site = posts(title="<b>cat</b>", uid=7)
    bounds = habit_bounds(habits(site), site)
    assert bounds["least_without_title_has_markup"] < 0.05
    assert bounds["least_without_of_commonest_uid"] < 0.05


def test_an_album_of_one_user_is_usual_where_a_stretch_of_earlier_posts_was_one() -> None:
    album = posts(300, uid=np.where(np.arange(300) < 100, 7, np.arange(300)))
    assert habit_bounds(habits(posts(100)), album)["least_without_of_commonest_uid"] < 0.05
    assert habit_bounds(habits(posts(100)), album.assign(uid=album["pid"]))["least_without_of_commonest_uid"] > 0.3


@pytest.mark.parametrize(("n", "before"), [(19, 100), (100, 19), (100, 0)])
def test_too_few_posts_on_either_side_bound_nothing(n: int, before: int) -> None:
    assert set(habit_bounds(habits(posts(n)), posts().head(before)).values()) == {0.0}


def test_smaller_batches_may_do_more_of_it() -> None:
    wide, narrow = (habit_bounds(habits(posts(n)), posts(400))["least_without_at_midnight"] for n in (30, 300))
    assert wide < narrow < 1 - LEAST["at_midnight"]


def test_a_share_may_triple_in_odds_and_lie_off_by_chance() -> None:
    seen = pd.Series([1.0] * 5000 + [0.0] * 5000)
    assert most_share(seen, 10**9, 0.1) == pytest.approx(0.763, abs=0.001)  # .75, and chance of the earlier ones
    assert most_share(seen, 30, 0.1) > 0.95
    assert most_share(seen * 0, 10**9, 0.1) == pytest.approx(0.1, abs=0.001)


def test_two_damaged_nights_hide_no_third_and_albums_are_few_nights() -> None:
    good, bad = pd.Series([0.0] * 300), pd.Series([1.0] * 300)
    assert most_in_parts([good] * 8 + [bad] * 2, 300, 0.05) == most_share(good, 300, 0.05) < 0.1
    assert most_in_parts([good] * 7 + [bad] * 3, 300, 0.05) == most_share(bad, 300, 0.05) > 0.9
    assert most_in_parts([good] * 9 + [bad], 300, 0.05, bursts=True) > 0.9
    assert most_in_parts([], 300, 0.05) == 1.0


def test_the_commonest_picture_is_asked_of_living_photos_alone() -> None:
    links = pd.DataFrame({"alive": [True, True, True, False], "sha256": ["a", "b", "a", ""]})
    assert commonest_picture(links).tolist()[:3] == [1, 0, 1]
    assert np.isnan(commonest_picture(links)[3])


def test_swapped_texts_are_told_from_lost_and_cut_ones() -> None:
    good = posts(200, description=["a long story " * 9 if number % 3 else "" for number in range(200)])
    swapped = good.assign(title=good["description"], description=good["title"])
    assert np.nanmean(as_if_swapped(swapped, good)) > 0.9
    for other in (good, good.assign(title=""), good.assign(description=""), good.assign(title=good["title"].str[:3])):
        assert np.nanmean(as_if_swapped(other, good)) < 0.5
    assert np.isnan(as_if_swapped(swapped.head(19), good)).all()
