"""Later posts of the demo world: a crawl a night, of the same users and a few new ones, with labels that come later.

A crawl finds posts up to a week old: that of night n (from 1) covers the seven days that end at END + (6 + n) days, so
every weekday is in it. Each purpose of each night has randomness of its own: a night does not depend on other nights,
and what happens in an event moves nothing else.
"""

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from popularity.arrays import IntArray
from popularity.demo.events import Event
from popularity.demo.posts import (
    COLUMNS,
    FIRST_PID,
    HOURS,
    Draw,
    compose,
    draw_haspeople,
    draw_links,
    views_of,
    views_seen,
    write_photos,
)
from popularity.demo.text import Words
from popularity.demo.world import END, FIRST_UID, LABEL_SD, SHARES, World, draw_users, raw_effects
from popularity.files import replacing, write_json

if TYPE_CHECKING:
    from popularity.settings import Demo

POSTS = 300
"""Posts a night of users that are there."""

NEW_USERS = 5
MOST_POSTS = 4
"""Posts of a new user in its first week: 1 to this many."""

DAYS = 7
"""How old a post may be when the crawl finds it."""

ROOM = 1_000
"""Pids, and uids, that a night keeps for itself."""

FASHION = (
    "analogrevival chromawave cottagelight driftcore dustgram foldscape ghostgrain glasshour halomood inkfilter "
    "jellylight kinetone lumenote mistcore mothlight neonfolk opalgrade paperlens quietframe rainsynth saltfade "
    "silkblur slowcam softgrid sunprint tapeframe velvetiso voidshot waxgrain zenpixel"
)
"""Tags that nobody has used before."""


@dataclass(frozen=True)
class Night:
    """A night's posts. draw.posts has no column test, and commentcount is empty: a pending post has no comments yet."""

    draw: Draw
    crawled: datetime
    event: Event | None
    photos: np.random.SeedSequence


_PURPOSES = ("users", "when", "texts", "sentiment", "shots", "noise", "people", "links", "fashion", "photos")


def _streams(seed: int, night: int) -> dict[str, np.random.SeedSequence]:
    """A stream of randomness for each purpose. Three numbers in its key: the world's own have one or two."""
    return {
        purpose: np.random.SeedSequence(seed, spawn_key=(0, night, place)) for place, purpose in enumerate(_PURPOSES)
    }


def draw_night(world: World, base: Draw, settings: "Demo", night: int, event: Event | None) -> Night:
    """The posts that the crawl of a night finds, oldest first.

    base: the posts that are there, `draw_posts` of the same world; its units hold for later posts.
    night: from 1. avgview is the mean views of the user's posts in base, NaN for users that are not in it.
    Raises ValueError for a night before the first.
    """
    if night < 1:
        raise ValueError(f"no night {night}: the first is 1")
    streams = _streams(world.seed, night)
    sources = {purpose: np.random.default_rng(stream) for purpose, stream in streams.items()}
    crawled = END + timedelta(days=6 + night)
    counts = _posts_of_new_users(event, sources["users"])
    new = draw_users(len(counts), sources["users"]).set_index(
        pd.RangeIndex(
            FIRST_UID + settings.users + night * ROOM, FIRST_UID + settings.users + night * ROOM + len(counts)
        )
    )
    uid = np.concatenate([_known_users(world, _posts_of_known(event), sources["when"]), np.repeat(new.index, counts)])
    first_pid = FIRST_PID + settings.posts + night * ROOM
    posts = _when(uid, crawled, first_pid, sources["when"])
    tonight = replace(world, users=pd.concat([world.users, new]))
    posts, texts, shots = compose(tonight, posts, sources)
    if event is Event.TAG_FASHION:
        texts = _in_fashion(texts, sources["fashion"])
        posts["alltags"] = [" ".join(text.tags) for text in texts]
    user = new["effect"] * LABEL_SD * np.sqrt(SHARES["user"])
    units = replace(base.units, user=pd.concat([base.units.user, user]))
    effects = units.effects(raw_effects(tonight, posts, texts, shots), posts["uid"])
    effects["noise"] = sources["noise"].normal(0, LABEL_SD * np.sqrt(SHARES["noise"]), len(posts))
    posts["label"] = base.label_mean + effects.sum(axis=1) + (LABEL_SD / 2 if event is Event.VIEWS_UP else 0)
    views = views_of(base.posts["label"]).groupby(base.posts["uid"]).mean().round(1)
    posts["avgview"] = views.reindex(posts["uid"]).to_numpy() / (1_000 if event is Event.THOUSANDS else 1)
    posts["commentcount"], posts["haspeople"] = np.nan, draw_haspeople(len(posts), sources["people"])
    dead = 0.9 if event is Event.DEAD_LINKS else settings.dead_links
    posts["link"] = draw_links(len(posts), dead, sources["links"])
    return Night(Draw(posts, shots, effects, base.label_mean, units), crawled, event, streams["photos"])


def _posts_of_known(event: Event | None) -> int:
    return POSTS // 2 if event is Event.NEW_USERS else POSTS


def _posts_of_new_users(event: Event | None, rng: np.random.Generator) -> list[int]:
    """How many posts each new user has."""
    if event is not Event.NEW_USERS:
        return [int(n) for n in rng.integers(1, MOST_POSTS + 1, NEW_USERS)]
    counts: list[int] = []
    while sum(counts) < POSTS // 2:
        counts.append(min(int(rng.integers(1, MOST_POSTS + 1)), POSTS // 2 - sum(counts)))
    return counts


def _known_users(world: World, n: int, rng: np.random.Generator) -> IntArray:
    """Whose each of n posts is. A user's activity was spread over its time here so far, and goes on at that rate."""
    rate = world.users["activity"] / (1 - world.users["first"])
    return rng.choice(world.users.index.to_numpy(np.int64), n, p=(rate / rate.sum()).to_numpy())


def _when(uid: IntArray, crawled: datetime, first_pid: int, rng: np.random.Generator) -> pd.DataFrame:
    """uid and postdate of the posts, ordered by date, index pid."""
    n = len(uid)
    start = int((crawled - timedelta(days=DAYS)).timestamp())
    hour = rng.choice(24, n, p=HOURS / HOURS.sum())
    postdate = start + rng.integers(0, DAYS, n) * 86_400 + hour * 3_600 + rng.integers(0, 3_600, n)
    order = np.argsort(postdate, kind="stable")
    index = pd.RangeIndex(first_pid, first_pid + n, name="pid")
    return pd.DataFrame({"uid": uid[order], "postdate": postdate[order].astype(np.int64)}, index=index)


def _in_fashion(texts: list[Words], rng: np.random.Generator) -> list[Words]:
    """The texts with a third of all tags replaced by words never seen, each at most once in a post."""
    total = sum(len(text.tags) for text in texts)
    replaced = iter(rng.permutation(total) < round(total / 3))
    worn = []
    for text in texts:
        words = iter(rng.permutation(FASHION.split()).tolist())
        worn.append(replace(text, tags=tuple(next(words) if next(replaced) else tag for tag in text.tags)))
    return worn


def write_night(folder: Path, night: Night) -> None:
    """Write the crawl as any crawler would: posts.csv, images/, and COMPLETE last. No label is in it.

    COMPLETE's date is the night's. truth.json says what happened, for who draws the labels later. The folder appears
    whole or not at all.
    """
    with replacing(folder) as temporary:
        (temporary / "images").mkdir(parents=True)
        table_of(night).to_csv(temporary / "posts.csv", index=False, lineterminator="\n")
        write_photos(temporary / "images", night.draw, night.photos)
        write_json(temporary / "truth.json", {"event": night.event})
        (temporary / "COMPLETE").write_text("as_of_post")
        os.utime(temporary / "COMPLETE", (night.crawled.timestamp(),) * 2)


def table_of(night: Night) -> pd.DataFrame:
    """posts.csv of the night, with the columns of the paper's train_data.csv."""
    posts = night.draw.posts.reset_index().astype({"commentcount": "Int64", "haspeople": "Int64"})
    table = posts[list(COLUMNS)]
    return table.astype(object).shift(1, axis=1) if night.event is Event.SHIFTED_COLUMNS else table


def labels_seen_later(night: Night, age_days: int) -> pd.DataFrame:
    """What is counted of the night's posts so many days after posting, as the demo's own are: pid, views and seen."""
    return views_seen(night.draw.posts, age_days).reset_index()


def write_labels(path: Path, labels: pd.DataFrame) -> None:
    """Write a file of visits, as `data/visits/<batch>/` takes them."""
    with replacing(path) as temporary:
        labels.to_csv(temporary, index=False, lineterminator="\n")
