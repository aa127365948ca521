"""Ordinary nights drawn from later posts, and what is done to a night.

What drift sees of a post depends on no other post but for the weekday, so all later posts are described once, and once
more for each change; a night is rows of these.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmarks.drifting.sets import World
from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.encoders.tokens import title_tokens
from popularity.monitoring.columns import posted, told_by_whole_days
from popularity.monitoring.described import Described, Photos
from popularity.text.cleaning import clean

HOUR = 3600
NEW_TAGS = ["neverseenbefore", "norhasthisbeen"]
TITLE = 10
POSTS_OF_NEW_USERS = 3
FEW_NEW = 0.2
"""A set of more posts by users never seen has not few."""


@dataclass(frozen=True)
class Posts:
    """All later posts, as they came or changed. prediction: of the rows. photos: of those whose photo is there."""

    posts: pd.DataFrame
    prediction: FloatArray
    photos: Photos

    def described(self, world: World) -> Described:
        """As drift sees them."""
        there = np.isin(self.photos[0], self.posts.loc[self.posts["has_photo"], "pid"])
        photos = self.photos[0][there], self.photos[1][there]
        return world.reference.describe(self.posts, self.prediction, photos, self.posts["age_days"].to_numpy())


@dataclass(frozen=True)
class Change:
    """What happens to posts of a night, and to which share of them. None: the set cannot show it.

    columns: families of those that say what changed.
    """

    share: float
    make: Callable[[Posts, World], Posts | None]
    columns: tuple[str, ...]
    living_only: bool = False


def as_they_are(world: World) -> Posts:
    """The later posts."""
    return Posts(world.later, world.prediction, world.photos)


def rows_of(world: World, how: str, n: int, rng: np.random.Generator) -> IntArray | None:
    """Positions in `World.later` of about n posts, ascending; None where there are fewer than two nights.

    how: random (of users that the champion knows), by_date (consecutive) or users (whole ones, all that they posted).
    Where fewer later posts have a photo than the reference's, dead ones are left out of a night: that is a change.
    """
    uid, there = world.later["uid"].to_numpy(np.int64), world.later["has_photo"].to_numpy(bool)
    pool = np.arange(len(uid))
    if how == "random":
        pool = pool[world.reference.users.knows(uid)]
    if len(pool) < 2 * n:
        return None
    start = int(rng.integers(0, len(pool) - n + 1))
    pool = np.roll(pool, -start) if how == "by_date" else rng.permutation(pool)
    if how == "users":
        order = rng.permutation(np.unique(uid))
        size = pd.Series(uid).value_counts().loc[order].cumsum().to_numpy()
        pool = pool[np.isin(uid[pool], order[: np.searchsorted(size, n) + 1])]
        n = len(pool)
    if not 0 < there.mean() < world.alive:
        return np.sort(pool[:n])
    living, dead = pool[there[pool]][: round(n * world.alive)], pool[~there[pool]]
    return np.sort(np.concatenate([living, dead[: round(len(living) * (1 / world.alive - 1))]]))


def night_of(seen: Described, posts: pd.DataFrame, rows: IntArray) -> Described:
    """These rows as a night of their own: whole days and weeks are the night's."""
    frame = seen.frame.iloc[rows].reset_index(drop=True)
    when = posted(posts[["uid", "postdate"]].iloc[rows].reset_index(drop=True), [])
    told = told_by_whole_days(posts["postdate"].to_numpy(np.int64)[rows])
    frame = frame.assign(
        weekday=when["weekday"],
        hour=frame["hour"].where(when["hour"].notna()),
        prediction=frame["prediction"].where(told),
    )
    return Described(frame, seen.uid[rows], seen.stranger[rows])


def changed_rows(change: Change, has_photo: BoolArray, rng: np.random.Generator) -> BoolArray | None:
    """Which posts of a night change; None where too few can. has_photo: of the night's posts, shape (n,)."""
    can = np.flatnonzero(has_photo | (not change.living_only))
    n = round(change.share * len(has_photo))
    if len(can) < n:
        return None
    chosen = np.zeros(len(has_photo), dtype=np.bool_)
    chosen[rng.choice(can, n, replace=False)] = True
    return chosen


def within_users(value: FloatArray, uid: IntArray) -> float:
    """The standard deviation of values within their users."""
    series = pd.Series(value)
    return float(np.sqrt((series - series.groupby(uid).transform("mean")).var()))


def labels(all_posts: Posts, world: World) -> Posts | None:
    """Labels up by half of their standard deviation within users."""
    label = all_posts.posts["label"]
    sd = within_users(world.known["label"].to_numpy(np.float64), world.known["uid"].to_numpy(np.int64))
    return None if label.isna().all() else replace(all_posts, posts=all_posts.posts.assign(label=label + sd / 2))


def tags(all_posts: Posts, _: World) -> Posts:
    """Two tags never seen."""
    posts = all_posts.posts
    lists = [[*old, *NEW_TAGS] for old in posts["tags"]]
    return replace(all_posts, posts=posts.assign(tags=lists, tagcount=posts["tagcount"] + 2))


def dead_links(all_posts: Posts, _: World) -> Posts:
    """The photo is lost."""
    return replace(all_posts, posts=all_posts.posts.assign(has_photo=False))


def new_users(all_posts: Posts, world: World) -> Posts | None:
    """Posts by users never seen, three a user as they come."""
    if world.reference.rows.frame["unseen_users"].mean() > FEW_NEW:
        return None
    uid = -1 - np.arange(len(all_posts.posts)) // POSTS_OF_NEW_USERS
    return replace(all_posts, posts=all_posts.posts.assign(uid=uid))


def avgview(all_posts: Posts, world: World) -> Posts | None:
    """avgview 1.3 times as high."""
    posts = all_posts.posts.assign(avgview=all_posts.posts["avgview"] * 1.3)
    return None if posts["avgview"].isna().all() else Posts(posts, world.predicted(posts), all_posts.photos)


def hour(all_posts: Posts, world: World) -> Posts | None:
    """Six hours later."""
    if "hour" not in world.reference.thresholds.columns:
        return None
    return replace(all_posts, posts=all_posts.posts.assign(postdate=all_posts.posts["postdate"] + 6 * HOUR))


def titles_cut(all_posts: Posts, world: World) -> Posts:
    """Titles end after ten characters."""
    text = all_posts.posts["title_text"].str[:TITLE]
    posts = all_posts.posts.assign(title=title_tokens(text.map(clean)), titlelen=text.str.len().astype(np.float64))
    return Posts(posts, world.predicted(posts), all_posts.photos)


def no_descriptions(all_posts: Posts, world: World) -> Posts:
    """Descriptions are empty."""
    posts = all_posts.posts.assign(deslen=0.0, sentiment=2.0)
    return Posts(posts, world.predicted(posts), all_posts.photos)


def prediction(all_posts: Posts, world: World) -> Posts:
    """Predictions up by half of their standard deviation within users."""
    sd = within_users(world.prediction, world.later["uid"].to_numpy(np.int64))
    return replace(all_posts, prediction=all_posts.prediction + sd / 2)


def greyscale(all_posts: Posts, world: World) -> Posts | None:
    """Photos turned grey."""
    return replace(all_posts, photos=world.grey) if len(world.grey[0]) else None


CHANGES = {
    "labels": Change(1, labels, ("residual",)),
    "tags": Change(0.3, tags, ("unseen_tags", "tagcount")),
    "dead_links": Change(0.25, dead_links, ("alive",), living_only=True),
    "new_users": Change(0.3, new_users, ("unseen_users",)),
    "avgview": Change(1, avgview, ("avgview",)),
    "hour": Change(1, hour, ("hour",)),
    "titles_cut": Change(1, titles_cut, ("titlelen",)),
    "no_descriptions": Change(0.3, no_descriptions, ("described", "deslen")),
    "prediction": Change(1, prediction, ("prediction",)),
    "greyscale": Change(1, greyscale, ("embedding",)),
}
