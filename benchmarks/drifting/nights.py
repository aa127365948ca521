"""Ordinary nights drawn from later posts, and what is done to a night."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmarks.drifting.sets import World
from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.encoders.tokens import title_tokens
from popularity.monitoring.described import Described, Photos, describe
from popularity.text.cleaning import clean

HOUR = 3600
NEW_TAGS = ["neverseenbefore", "norhasthisbeen"]
TITLE = 10
SOME = 0.3
FEW_NEW = 0.2
"""A set of more posts by users never seen has not few."""


@dataclass(frozen=True)
class Night:
    """posts: rows of `World.later`, or changed ones. prediction: of the rows. photos: of those whose photo is there."""

    posts: pd.DataFrame
    prediction: FloatArray
    photos: Photos

    def described(self, world: World) -> Described:
        """As drift sees it."""
        there = np.isin(self.photos[0], self.posts.loc[self.posts["has_photo"], "pid"])
        photos = self.photos[0][there], self.photos[1][there]
        return describe(self.posts, self.prediction, world.reference.known, photos)


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
    if how == "by_date":
        pool = np.roll(pool, -int(rng.integers(0, len(pool) - n + 1)))
    else:
        pool = rng.permutation(pool)
    if how == "users":
        order = rng.permutation(np.unique(uid))
        size = pd.Series(uid).value_counts().loc[order].cumsum().to_numpy()
        pool = pool[np.isin(uid[pool], order[: np.searchsorted(size, n) + 1])]
        n = len(pool)
    share = world.alive if 0 < there.mean() < world.alive else None
    if share is None:
        return np.sort(pool[:n])
    living, dead = pool[there[pool]], pool[~there[pool]]
    living = living[: round(n * share)]
    return np.sort(np.concatenate([living, dead[: round(len(living) * (1 - share) / share)]]))


def night_of(world: World, rows: IntArray) -> Night:
    """The night of these rows, as they are."""
    posts = world.later.iloc[rows].reset_index(drop=True)
    return Night(posts, world.prediction[rows], world.photos)


def within_users(value: FloatArray, uid: IntArray) -> float:
    """The standard deviation of values within their users."""
    series = pd.Series(value)
    return float(np.sqrt((series - series.groupby(uid).transform("mean")).var()))


Change = Callable[[Night, World, np.random.Generator], Night | None]
"""What happens to a night; None where the set cannot show it."""


def some(n: int, rng: np.random.Generator) -> BoolArray:
    """Three in ten of n posts."""
    chosen = np.zeros(n, dtype=np.bool_)
    chosen[rng.choice(n, round(SOME * n), replace=False)] = True
    return chosen


def labels(night: Night, world: World, _: np.random.Generator) -> Night | None:
    """Labels up by half of their standard deviation within users."""
    if night.posts["label"].isna().all():
        return None
    sd = within_users(world.known["label"].to_numpy(np.float64), world.known["uid"].to_numpy(np.int64))
    return replace(night, posts=night.posts.assign(label=night.posts["label"] + sd / 2))


def tags(night: Night, _: World, rng: np.random.Generator) -> Night:
    """Two tags never seen on three in ten posts."""
    chosen = some(len(night.posts), rng)
    lists = [[*old, *NEW_TAGS] if new else list(old) for old, new in zip(night.posts["tags"], chosen, strict=True)]
    return replace(night, posts=night.posts.assign(tags=lists, tagcount=night.posts["tagcount"] + 2.0 * chosen))


def dead_links(night: Night, _: World, rng: np.random.Generator) -> Night | None:
    """A quarter of all posts lose their photo."""
    living = np.flatnonzero(night.posts["has_photo"])
    lost = round(len(night.posts) / 4)
    if len(living) < lost:
        return None
    there = night.posts["has_photo"].to_numpy(bool).copy()
    there[rng.choice(living, lost, replace=False)] = False
    return replace(night, posts=night.posts.assign(has_photo=there))


def new_users(night: Night, world: World, rng: np.random.Generator) -> Night | None:
    """Three in ten posts by users never seen, three posts each."""
    if world.reference.rows.frame["unseen_users"].mean() > FEW_NEW:
        return None
    chosen = np.flatnonzero(some(len(night.posts), rng))
    uid = night.posts["uid"].to_numpy(np.int64).copy()
    uid[chosen] = -1 - np.arange(len(chosen)) // 3
    return replace(night, posts=night.posts.assign(uid=uid))


def avgview(night: Night, world: World, _: np.random.Generator) -> Night | None:
    """avgview 1.3 times as high."""
    if night.posts["avgview"].isna().all():
        return None
    posts = night.posts.assign(avgview=night.posts["avgview"] * 1.3)
    return Night(posts, world.predicted(posts), night.photos)


def hour(night: Night, world: World, _: np.random.Generator) -> Night | None:
    """Six hours later."""
    if "hour" not in world.reference.thresholds.columns:
        return None
    return replace(night, posts=night.posts.assign(postdate=night.posts["postdate"] + 6 * HOUR))


def titles_cut(night: Night, world: World, _: np.random.Generator) -> Night:
    """Titles end after ten characters."""
    text = night.posts["title_text"].str[:TITLE]
    posts = night.posts.assign(title=title_tokens(text.map(clean)), titlelen=text.str.len().astype(np.float64))
    return Night(posts, world.predicted(posts), night.photos)


def no_descriptions(night: Night, world: World, rng: np.random.Generator) -> Night:
    """Three in ten descriptions are empty."""
    chosen = some(len(night.posts), rng)
    empty = {"deslen": 0.0, "sentiment": 2.0}
    posts = night.posts.assign(**{name: night.posts[name].mask(chosen, value) for name, value in empty.items()})
    return Night(posts, world.predicted(posts), night.photos)


def prediction(night: Night, world: World, _: np.random.Generator) -> Night:
    """Predictions up by half of their standard deviation within users."""
    sd = within_users(world.prediction, world.later["uid"].to_numpy(np.int64))
    return replace(night, prediction=night.prediction + sd / 2)


def greyscale(night: Night, world: World, _: np.random.Generator) -> Night | None:
    """Every photo turned grey."""
    return replace(night, photos=world.grey) if night.posts["has_photo"].any() else None


CHANGES: dict[str, Change] = {
    "labels": labels,
    "tags": tags,
    "dead_links": dead_links,
    "new_users": new_users,
    "avgview": avgview,
    "hour": hour,
    "titles_cut": titles_cut,
    "no_descriptions": no_descriptions,
    "prediction": prediction,
    "greyscale": greyscale,
}
