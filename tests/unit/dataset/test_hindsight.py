"""What a crawl knows of its posts that nobody knew when they went out."""

import pandas as pd
import pytest

from popularity.dataset.hindsight import is_emptied, seen_later, without_hindsight
from popularity.settings import Batch

LATE = Batch(source="smp", path="late")
EARLY = Batch(source="smp", path="early", read="as_of_post")
FEATURES = ("avgview", "titlelen", "commentcount")


@pytest.mark.parametrize("profile", ["pre_publication", "extended", "a_list_of_my_own"])
def test_no_profile_but_the_papers_sees_what_was_read_at_the_crawl(profile: str) -> None:
    posts = pd.DataFrame({"avgview": [7.0], "titlelen": [3.0]})
    assert without_hindsight(posts, LATE, profile)["avgview"].isna().all()
    assert without_hindsight(posts, EARLY, profile).equals(posts)
    assert without_hindsight(posts, LATE, "paper14").equals(posts)
    assert seen_later(FEATURES[:2], {"late": LATE}, profile) == []


def test_a_champion_that_saw_it_before_profiles_had_names_sees_it_still() -> None:
    assert not is_emptied(LATE, "")


def test_what_is_known_later_is_named_and_so_is_what_may_be() -> None:
    assert seen_later(FEATURES, {"late": LATE, "early": EARLY}, "paper14") == ["avgview", "commentcount"]
    assert seen_later(FEATURES, {"early": EARLY}, "paper14") == ["commentcount"]
