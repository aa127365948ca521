"""Ordinary nights of made-up users pass, and each change of a night is told by its own column."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from popularity.monitoring.ages import Ages
from popularity.monitoring.described import Described, Knowledge
from popularity.monitoring.drift import compare
from popularity.monitoring.past import Past
from popularity.monitoring.reference import Reference
from popularity.monitoring.thresholds import calibrate
from popularity.settings import load_settings

USERS, EARLIER, LATEST = 100, 30, 15
NIGHTS, POSTS = 40, 300
OPTIONS = load_settings().monitoring.model_copy(update={"draws": 1000})


class World:
    """Users with habits of their own."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.views, self.length = rng.normal(6, 2, USERS), rng.normal(3, 0.7, USERS)
        self.alive, self.new = rng.beta(3, 2, USERS), rng.beta(2, 6, USERS)

    def posts(self, n: int) -> tuple[pd.DataFrame, np.ndarray]:
        """n posts, as they came, and whose they are."""
        uid = self.rng.integers(0, USERS, n)
        frame = {
            "avgview": self.views[uid] + self.rng.normal(0, 0.05, n),
            "titlelen": self.length[uid] + self.rng.normal(0, 0.5, n),
            "alive": (self.rng.random(n) < self.alive[uid]).astype(float),
            "unseen_tags": (self.rng.random(n) < self.new[uid]).astype(float),
        }
        return pd.DataFrame(frame), uid


def described(past: Past, levels: pd.DataFrame, uid: np.ndarray) -> Described:
    stranger = ~np.isin(uid, past.means.index)
    return Described(past.over(levels, uid).assign(unseen_users=stranger.astype(float)), uid, stranger)


@pytest.fixture(scope="module")
def drawn() -> tuple[World, Past, Reference]:
    world = World(np.random.default_rng(1))
    earlier, latest = world.posts(USERS * EARLIER), world.posts(USERS * LATEST)
    rows = described(Past.of(*earlier), *latest)
    levels = pd.concat([earlier[0], latest[0]], ignore_index=True)
    past = Past.of(levels, np.concatenate([earlier[1], latest[1]]))
    thresholds = calibrate([rows], OPTIONS, np.random.default_rng(2))
    known = Knowledge(None, None, None, past)  # type: ignore[arg-type]  # nothing is described here from posts
    return world, past, Reference(rows, known, thresholds, Ages(None, None, undated=True), np.empty(0))


Change = Callable[[pd.DataFrame, np.ndarray, np.random.Generator], tuple[pd.DataFrame, np.ndarray]]


def ordinary(levels: pd.DataFrame, uid: np.ndarray, _: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    return levels, uid


def views_up(levels: pd.DataFrame, uid: np.ndarray, _: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    return levels.assign(avgview=levels["avgview"] + np.log(1.3)), uid


def cut(levels: pd.DataFrame, uid: np.ndarray, _: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    return levels.assign(titlelen=levels["titlelen"].clip(upper=np.log1p(10))), uid


def tags(levels: pd.DataFrame, uid: np.ndarray, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    return levels.assign(unseen_tags=levels["unseen_tags"].mask(rng.random(len(uid)) < 0.3, 1.0)), uid


def dead(levels: pd.DataFrame, uid: np.ndarray, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    lost = rng.choice(np.flatnonzero(levels["alive"]), len(uid) // 4, replace=False)
    return levels.assign(alive=levels["alive"].mask(np.isin(np.arange(len(uid)), lost), 0.0)), uid


def strangers(levels: pd.DataFrame, uid: np.ndarray, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    return levels, np.where(rng.random(len(uid)) < 0.3, -1 - np.arange(len(uid)), uid)


def found(drawn: tuple[World, Past, Reference], change: Change, posts: int = POSTS) -> list[list[str]]:
    world, past, reference = drawn
    rng = np.random.default_rng(3)
    nights = [described(past, *change(*world.posts(posts), rng)) for _ in range(NIGHTS)]
    return [[one.column for one in compare(night, reference, OPTIONS) if one.drifted] for night in nights]


@pytest.mark.parametrize("posts", [1, 30, 300, 1000])
def test_ordinary_nights_of_every_size_are_quiet(drawn: tuple[World, Past, Reference], posts: int) -> None:
    assert sum(map(bool, found(drawn, ordinary, posts))) <= 2


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (views_up, "avgview"),
        (cut, "titlelen"),
        (tags, "unseen_tags"),
        (dead, "alive"),
        (strangers, "unseen_users"),
    ],
)
def test_a_change_is_told_by_its_own_column(drawn: tuple[World, Past, Reference], change: Change, column: str) -> None:
    nights = found(drawn, change)
    assert sum(column in night for night in nights) >= 0.9 * NIGHTS
    assert sum(len(night) > 1 for night in nights) <= 4


def test_one_post_of_a_stranger_is_no_drift(drawn: tuple[World, Past, Reference]) -> None:
    world, past, reference = drawn
    levels, _ = world.posts(1)
    night = described(past, levels, np.array([-5]))
    assert not any(one.drifted for one in compare(night, reference, OPTIONS))


def test_a_share_that_was_1_throughout_drifts_when_it_falls_and_a_constant_never(
    drawn: tuple[World, Past, Reference],
) -> None:
    world, past, reference = drawn
    steady = replace(reference.rows, frame=reference.rows.frame.assign(alive=0.0, avgview=0.0))
    quiet = replace(reference, rows=steady, thresholds=calibrate([steady], OPTIONS, np.random.default_rng(2)))
    night = described(past, *world.posts(POSTS))
    changed = replace(night, frame=night.frame.assign(alive=np.tile([0.0, 0.0, 0.0, -1.0], POSTS // 4), avgview=5.0))
    assert [one.column for one in compare(changed, quiet, OPTIONS) if one.drifted] == ["alive"]
