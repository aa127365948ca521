"""Ways to cut the training posts into those that a model learns from and those that it is then scored on.

paper       the random folds of the dataset, as the paper's validation
forward     by date: what is scored was posted after all that was learned from (scikit-learn's TimeSeriesSplit)
new_users   folds share no user: what is scored is by users of whom nothing was learned

No protocol sees a test row. Copies of a scored post are learned from under none but `forward`, where they came earlier.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from popularity.arrays import BoolArray, IntArray
from popularity.dataset.splits import stable_hash
from popularity.dataset.table import Population
from popularity.posts import DAY
from popularity.settings import Protocols

PAPER, FORWARD, NEW_USERS = "paper", "forward", "new_users"
PROTOCOLS = (PAPER, FORWARD, NEW_USERS)
FEWEST = 10
"""Posts to learn from, below which no fit of `forward` or `new_users` is made."""


@dataclass(frozen=True)
class Cut:
    """What one fit learns from and what it scores, of all N posts."""

    train: BoolArray  # (N,)
    scored: BoolArray  # (N,), of the population
    part: IntArray  # (N,), what is fitted on labels and then learned from is cross-fitted over these


def cuts(protocol: str, population: Population, options: Protocols, *, waits_days: float | None = None) -> list[Cut]:
    """The fits of a protocol, in its order: each training post of the population is scored once, or never.

    waits_days, under `forward`: a post is learned from only if it had been so old before the first scored post, or as
    old as when its label was read.

    Never: under `forward` the oldest part, from which the first fit learns; and beyond `options.posts` posts, of whole
    users. Empty where there are too few posts to cut.
    """
    posts = population.everyone
    train = (posts["split"] == "train").to_numpy(bool)
    match protocol:
        case "paper":
            return fold_cuts(population)
        case "forward":
            read = posts["postdate"] + (0.0 if waits_days is None else posts["age_days"].clip(upper=waits_days) * DAY)
            found = _forward(posts, train & of_whole_users(posts["uid"], train, options.posts), options.parts, read)
        case "new_users":
            found = _new_users(posts, train & of_whole_users(posts["uid"], train, options.posts), options.parts)
        case _:
            raise ValueError(f"no protocol {protocol!r}")
    of_population = [Cut(cut.train, cut.scored & population.member, cut.part) for cut in found]
    return [cut for cut in of_population if cut.scored.any() and (cut.train & population.member).sum() >= FEWEST]


def fold_cuts(population: Population) -> list[Cut]:
    """The fits of `paper`, one a fold in which the population has a training post."""
    fold = population.everyone["fold"].to_numpy(np.int64)
    train = (population.everyone["split"] == "train").to_numpy(bool)
    own = train & population.member
    return [Cut(train & (fold != one), own & (fold == one), fold) for one in np.unique(fold[own])]


def known_posts(protocol: str, population: Population, options: Protocols) -> pd.DataFrame:
    """Which fit scores a training post, and how many posts of its user that one learns from: pid, known, fit (int64).

    Sorted by pid.
    """
    posts = population.everyone
    found = [
        posts.loc[cut.scored, ["pid"]].assign(
            known=posts.loc[cut.scored, "uid"].map(posts.loc[cut.train, "uid"].value_counts()).fillna(0), fit=number
        )
        for number, cut in enumerate(cuts(protocol, population, options))
    ]
    empty = pd.DataFrame({name: pd.Series(dtype=np.int64) for name in ("pid", "known", "fit")})
    return pd.concat([empty, *found]).astype(np.int64).sort_values("pid", ignore_index=True)


def of_whole_users(uid: "pd.Series[int]", train: BoolArray, at_most: int) -> BoolArray:
    """Posts of users whose training posts are together `at_most`, shape (N,).

    Users come in an order that depends on their id alone; one who does not fit is passed over. Where every user has
    more, the first alone.
    """
    count = uid[train].value_counts()
    by_hash = count.iloc[np.argsort(stable_hash(count.index.to_numpy(np.int64)), kind="stable")]
    kept, left = [], at_most
    for user, posts in by_hash.items():
        if posts <= left:
            kept.append(user)
            left -= posts
    return uid.isin(kept or by_hash.index[:1]).to_numpy(bool)


def _forward(posts: pd.DataFrame, train: BoolArray, parts: int, read: "pd.Series[float]") -> Iterator[Cut]:
    """`parts` fits; the posts of one second are of one part. read: since when a post's label counts, Unix seconds."""
    date, fold = posts["postdate"].to_numpy(np.int64), posts["fold"].to_numpy(np.int64)
    dates = np.sort(date[train])
    edges = (
        [*dates[[len(dates) * number // (parts + 1) for number in range(1, parts + 1)]], np.inf] if len(dates) else []
    )
    for start, end in pairwise(edges):
        yield Cut(train & (date < start) & (read < start).to_numpy(bool), train & (date >= start) & (date < end), fold)


def _new_users(posts: pd.DataFrame, train: BoolArray, parts: int) -> Iterator[Cut]:
    uid, group = posts["uid"].to_numpy(np.int64), posts["group"].to_numpy(np.int64)
    part = (stable_hash(uid) % np.uint64(parts)).astype(np.int64)
    for one in np.unique(part[train]):
        scored = train & (part == one)
        yield Cut(train & ~scored & ~np.isin(group, group[scored]), scored, part)
