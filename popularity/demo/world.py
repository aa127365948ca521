"""The made-up world behind the demo: its users, words and scenes, and what each does to the label.

The label is log2(views + 1), views being counted label.min_age_days after posting. It has a standard deviation of 2.4;
its mean, about 5, is set by the mean of the views, 131 as in SMP-T1. Each effect has a fixed
share of the label's variance over the posts first drawn (SHARES). What photos show is independent of the user and of
the words, so a photo tells what nothing else does. Figures of this world prove the machinery alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray
from popularity.demo.scenes import KINDS, Shot
from popularity.demo.text import ADJECTIVES, GENERAL, PLACES, THEMES, Words, theme_words

if TYPE_CHECKING:
    from popularity.settings import Demo

SHARES = {
    "user": 0.40,
    "tags": 0.12,
    "title": 0.08,
    "sentiment": 0.03,
    "photo": 0.10,
    "hour": 0.05,
    "wave": 0.02,
    "noise": 0.20,
}
"""Effect -> its share of the label's variance."""

LABEL_SD = 2.4
MEAN_VIEWS = 131.0
END = datetime(2016, 7, 1, tzinfo=UTC)
"""No post is later. The years of the world end here."""

YEAR_S = 365.25 * 86400
FIRST_UID = 7_001

_STREAMS = ("users", "words", "scenes", "when", "texts", "sentiment", "shots", "noise", "links", "later", "photos")


@dataclass(frozen=True)
class World:
    """What stays when more posts are drawn. Effects are in units of their own, scaled when a label is added up."""

    users: pd.DataFrame  # index uid: effect, activity, groupcount, avgmembercount, first, and a column a theme
    tags: dict[str, float]  # word -> effect
    titles: dict[str, float]  # lower-case word -> effect; others have none
    scenes: dict[str, float]  # kind of scene -> effect
    years: int
    seed: int


def streams(seed: int) -> dict[str, np.random.SeedSequence]:
    """A stream of randomness for each purpose: drawing more of one thing moves nothing else."""
    return dict(zip(_STREAMS, np.random.SeedSequence(seed).spawn(len(_STREAMS)), strict=True))


def build_world(settings: "Demo", seed: int) -> World:
    """The users, words and scenes of a seed."""
    sources = streams(seed)
    words, scenes = (np.random.default_rng(sources[name]) for name in ("words", "scenes"))
    levels = np.linspace(-1, 1, len(KINDS))
    return World(
        users=draw_users(settings.users, np.random.default_rng(sources["users"])),
        tags=_word_effects({theme: theme_words(theme) for theme in THEMES}, GENERAL, words),
        titles=_word_effects(
            {theme: tuple(nouns.split()[:10]) for theme, nouns in THEMES.items()},
            [word.lower() for word in (*ADJECTIVES, *PLACES)],
            words,
        ),
        scenes=dict(zip(KINDS, scenes.permutation(levels).tolist(), strict=True)),
        years=settings.years,
        seed=seed,
    )


def draw_users(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """n users, as `World.users`, with uids from FIRST_UID."""
    effect = rng.normal(size=n)
    users = pd.DataFrame(
        {
            "effect": effect,
            "activity": rng.pareto(1.3, n) + 0.15,
            "groupcount": np.rint(np.exp(3 + 0.4 * effect + rng.normal(0, 0.9, n))).astype(np.int64),
            "avgmembercount": np.rint(np.exp(7.5 + rng.normal(0, 1.1, n))).astype(np.int64),
            "first": rng.uniform(0, 0.6, n),  # share of the years gone by when the user joins
        },
        index=pd.RangeIndex(FIRST_UID, FIRST_UID + n, name="uid"),
    )
    tastes = pd.DataFrame(rng.dirichlet(np.full(len(THEMES), 0.25), n), index=users.index, columns=list(THEMES))
    return users.join(tastes)


def _word_effects(themes: dict[str, tuple[str, ...]], others: list[str], rng: np.random.Generator) -> dict[str, float]:
    """Half of a word's effect is its theme's; a word of two themes has the first's."""
    effects: dict[str, float] = {}
    for own in themes.values():
        shared = rng.normal()
        effects = {word: shared + rng.normal() for word in own} | effects
    return {word: rng.normal() for word in others} | effects


def raw_effects(world: World, posts: pd.DataFrame, texts: list[Words], shots: list[Shot]) -> pd.DataFrame:
    """What posts owe to all but their user and chance, each in a unit of its own: shape (n, 6), the purest first.

    posts: postdate and sentiment, shape (n,); texts, shots: of the same n posts.
    """
    hours = posts["postdate"] % 86400 / 3600
    age = (END.timestamp() - posts["postdate"]) / YEAR_S
    return pd.DataFrame(
        {
            # Its turning point lies in the middle of the last year, where it moves least.
            "wave": np.cos(2 * np.pi * (age - 0.5) / world.years).to_numpy(),
            "hour": np.cos(2 * np.pi * (hours - 19) / 24).to_numpy(),
            "tags": [_mean([world.tags.get(tag, 0.0) for tag in text.tags]) for text in texts],
            "title": [_mean([world.titles.get(word, 0.0) for word in text.title_words]) for text in texts],
            "sentiment": posts["sentiment"].to_numpy(),
            "photo": [world.scenes[shot.kind] + 0.3 * shot.warmth - 0.3 * shot.haze for shot in shots],
        },
        index=posts.index,
    )


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


@dataclass(frozen=True)
class Units:
    """What turns raw effects into effects in the label's unit: fitted on the posts first drawn, kept for later ones."""

    mean: FloatArray  # (6,) of the raw effects
    mix: FloatArray  # (6, 6): effects = (raw - mean) @ mix
    user: "pd.Series[float]"  # uid -> its effect

    @classmethod
    def fit(cls, raw: pd.DataFrame, uid: "pd.Series[int]", user: "pd.Series[float]") -> "Units":
        """Units in which each effect has its share of the label's variance and none is correlated with another.

        raw: shape (n, 6), as `raw_effects`; uid: shape (n,); user: raw effect of each uid, any scale.
        An effect loses what it has in common with those before it (by QR decomposition; in this world that is
        little), and the user's what it has in common with the users' means of the others: it stays a constant of
        the user.
        """
        centred = raw.to_numpy() - raw.to_numpy().mean(axis=0)
        triangle = np.linalg.qr(centred, mode="r")
        sign = np.sign(np.diag(triangle))
        mix = np.linalg.inv(triangle) * (sign * np.sqrt(len(raw)) * _deviation(list(raw.columns)))
        known = pd.DataFrame(centred @ mix, index=raw.index).groupby(uid).transform("mean")
        of_post = _residual(np.asarray(user.loc[uid]), np.column_stack([np.ones(len(raw)), known]))
        scaled = of_post * (_deviation(["user"])[0] / of_post.std())
        return cls(raw.to_numpy().mean(axis=0), mix, pd.Series(scaled, index=uid.to_numpy()).groupby(level=0).first())

    def effects(self, raw: pd.DataFrame, uid: "pd.Series[int]") -> pd.DataFrame:
        """The columns of `raw` and `user`, in the label's unit: shape (n, 7)."""
        known = (raw.to_numpy() - self.mean) @ self.mix
        effects = pd.DataFrame(known, index=raw.index, columns=raw.columns)
        effects.insert(0, "user", self.user.loc[uid].to_numpy())
        return effects


def with_noise(effects: pd.DataFrame, noise: FloatArray) -> pd.DataFrame:
    """The effects and, as eighth, noise that is uncorrelated with them and has its share of the variance exactly."""
    chance = _residual(noise, np.column_stack([np.ones(len(effects)), effects]))
    return effects.assign(noise=chance * (_deviation(["noise"])[0] / chance.std()))


def _deviation(names: list[str]) -> FloatArray:
    return np.asarray(LABEL_SD * np.sqrt([SHARES[name] for name in names]))


def _residual(of: FloatArray, on: FloatArray) -> FloatArray:
    return np.asarray(of - on @ np.linalg.lstsq(on, of, rcond=None)[0])
