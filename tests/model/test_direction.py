"""What is known to raise the views of a post raises its prediction."""

from collections import Counter

import pandas as pd
import pytest

from kit.demo_tables import draw_world
from kit.planted_world import Planted, project_in

slow = pytest.mark.slow
OF_USERS = [("boosted", "all_posts"), ("boosted", "posts_with_photo")]
OF_AVGVIEW = [
    ("rf", "all_posts"),
    pytest.param(("cnn", "all_posts"), marks=slow),
    pytest.param(("multimodal", "posts_with_photo"), marks=slow),
]
OF_PHOTOS = [
    ("boosted", "posts_with_photo"),
    pytest.param(("image", "posts_with_photo"), marks=slow),
    pytest.param(("multimodal", "posts_with_photo"), marks=slow),
]
COMMON = 12
"""Training posts that a tag must be on: of rarer ones nobody could know what they are worth."""


@pytest.mark.parametrize("scored", OF_USERS, indirect=True)
def test_a_post_of_a_user_whose_earlier_labels_are_higher_is_predicted_higher(scored) -> None:
    past = scored.world.posts("train").groupby("uid")["label"].agg(["mean", "size"]).query("size >= 10")
    late = scored.posts.assign(postdate=scored.posts["postdate"].max())  # all of a user's training posts count
    least, most = (scored.predict(late.assign(uid=past["mean"].agg(one))) for one in ("idxmin", "idxmax"))
    assert past["mean"].max() - past["mean"].min() > 3
    assert (most > least + 1).all()


@pytest.mark.parametrize("scored", OF_AVGVIEW, indirect=True)
def test_a_post_of_a_user_of_more_views_is_predicted_higher(scored) -> None:
    views = scored.world.posts("train")["avgview"].quantile([0.1, 0.9])
    few, many = (scored.predict(scored.posts.assign(avgview=one)) for one in views)
    assert (many > few).mean() > 0.95
    assert (many - few).mean() > 1


@pytest.mark.parametrize("scored", [*OF_USERS, *OF_AVGVIEW], indirect=True)
def test_a_tag_that_brings_views_raises_a_prediction_and_one_that_costs_views_lowers_it(scored) -> None:
    costs, brings = planted_tags(scored.world)
    tags = scored.posts["alltags"].str.split()
    alone = tags.map(lambda own: " ".join(tag for tag in own if tag not in (costs, brings)))
    low, without, high = (
        scored.predict(scored.posts.assign(alltags=alone + more)) for more in (f" {costs}", "", f" {brings}")
    )
    assert high.mean() > without.mean() > low.mean()  # not of each post: its other tags may cost more
    assert (high > low).mean() > 2 * (high < low).mean()  # a forest goes in steps, some of them down
    assert (high - low).mean() > 0.1


def planted_tags(world: Planted) -> tuple[str, str]:
    """Of the tags on COMMON training posts or more, the one that costs most views in this world, and the best."""
    counted = Counter(tag for tags in world.posts("train")["alltags"] for tag in set(tags.split()))
    with project_in(world.folder):
        worth = pd.Series(draw_world()[0].tags)
    common = worth[[tag for tag in worth.index if counted[tag] >= COMMON]]
    return str(common.idxmin()), str(common.idxmax())


@pytest.mark.parametrize("scored", OF_PHOTOS, indirect=True)
def test_a_photo_that_brings_views_raises_a_prediction(scored) -> None:
    worth = scored.photos.map(lambda row: row[0])
    weak, strong = (scored.photos.loc[getattr(worth, one)()] for one in ("idxmin", "idxmax"))
    low, high = (scored.predict(scored.posts, pd.Series([one] * len(scored.posts))) for one in (weak, strong))
    assert (high > low).all()
