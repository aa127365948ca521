"""A made-up world of users, posts and photos whose popularity is a sum of known effects.

The label is log2(views a day) + 1, with views read one day after posting, so that views = 2 ** (label - 1). It has a
standard deviation of 2.4; its mean, about 6, is set by the mean of the views, 131 as in SMP-T1. Each effect has a
fixed share of the label's variance over the posts drawn (SHARES). What photos show is independent of the user and
of the words, so a photo tells what nothing else does. Figures of this world prove the machinery alone.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from popularity.dataset import FloatArray
from popularity.files import replacing, write_json
from popularity.sources.demo_text import ADJECTIVES, GENERAL, PLACES, THEMES, theme_words, write_words
from popularity.sources.scenes import KINDS, Shot, render

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
FIRST_PID = 200_001
FIRST_UID = 7_001
DEATHS = ("missing", "truncated", "html", "small")
COLUMNS = (
    "pid", "uid", "postdate", "commentcount", "haspeople", "titlelen", "deslen", "tagcount", "avgview",
    "groupcount", "avgmembercount", "alltags", "title", "description", "image_url",
)  # fmt: skip

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
        users=_users(settings, np.random.default_rng(sources["users"])),
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


def _users(settings: "Demo", rng: np.random.Generator) -> pd.DataFrame:
    n = settings.users
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


@dataclass(frozen=True)
class Draw:
    """Posts of a world, by pid, with what they owe to each effect."""

    posts: pd.DataFrame  # index pid: COLUMNS but pid, and label, sentiment, link, test
    shots: list[Shot]  # what each photo shows
    effects: pd.DataFrame  # index pid: the columns of SHARES, in units of the label, each with mean 0
    label_mean: float


def draw_posts(world: World, settings: "Demo") -> Draw:
    """The world's posts, oldest first.

    The variance of each effect over the posts is exactly its share, and the noise and the user's effect are
    uncorrelated with the others.
    """
    sources = {name: np.random.default_rng(source) for name, source in streams(world.seed).items()}
    posts = _when(world, settings.posts, sources["when"])
    posts["theme"] = [
        sources["texts"].choice(list(THEMES), p=world.users.loc[uid, list(THEMES)].to_numpy(float))
        for uid in posts["uid"]
    ]
    says = sources["sentiment"].random(len(posts)) > 0.15
    felt = np.clip(sources["sentiment"].normal(0.15, 0.5, len(posts)), -1, 1)
    posts["sentiment"] = np.where(says, felt, 0.0)
    texts = [
        write_words(theme, mood if speaks else None, sources["texts"])
        for theme, mood, speaks in zip(posts["theme"], felt, says, strict=True)
    ]
    shots = [Shot.draw(sources["shots"]) for _ in texts]

    hours = posts["postdate"] % 86400 / 3600
    age = (END.timestamp() - posts["postdate"]) / YEAR_S
    raw = pd.DataFrame(
        {
            "user": world.users["effect"].loc[posts["uid"]].to_numpy(),
            "tags": [_mean([world.tags[tag] for tag in text.tags]) for text in texts],
            "title": [_mean([world.titles.get(word, 0.0) for word in text.title_words]) for text in texts],
            "sentiment": posts["sentiment"],
            "photo": [world.scenes[shot.kind] + 0.3 * shot.warmth - 0.3 * shot.haze for shot in shots],
            "hour": np.cos(2 * np.pi * (hours - 19) / 24),
            # Its turning point lies in the middle of the last year, where it moves least.
            "wave": np.cos(2 * np.pi * (age - 0.5) / world.years),
            "noise": sources["noise"].normal(size=len(posts)),
        },
        index=posts.index,
    )
    effects = scale(raw, posts["uid"])
    deviation = effects.sum(axis=1)
    label_mean = 1 + float(np.log2(MEAN_VIEWS / np.mean(2**deviation)))
    posts["label"] = label_mean + deviation

    posts["alltags"] = [" ".join(text.tags) for text in texts]
    posts["tagcount"] = [len(text.tags) for text in texts]
    posts["title"] = [text.title for text in texts]
    posts["description"] = [text.description for text in texts]
    posts["titlelen"] = posts["title"].str.len()
    posts["deslen"] = posts["description"].str.len()
    posts["groupcount"] = world.users["groupcount"].loc[posts["uid"]].to_numpy()
    posts["avgmembercount"] = world.users["avgmembercount"].loc[posts["uid"]].to_numpy()
    posts["avgview"] = _earlier_views(posts)
    posts["commentcount"], posts["haspeople"] = _sparse(posts["label"].to_numpy(), sources["later"])
    posts["link"] = _links(len(posts), settings.dead_links, sources["links"])
    posts["image_url"] = [f"images/{pid}.jpg" for pid in posts.index]
    posts["test"] = _latest(posts["uid"], settings.test_share)
    return Draw(posts, shots, effects, label_mean)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _when(world: World, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """uid and postdate of n posts, ordered by date; each user has at least one where n allows it."""
    share = (world.users["activity"] / world.users["activity"].sum()).to_numpy()
    uids = world.users.index.to_numpy()
    uid = np.concatenate([uids[:n], rng.choice(uids, max(n - len(uids), 0), p=share)])
    first = world.users["first"].loc[uid].to_numpy()
    day = np.floor((1 - rng.uniform(0, 1, n) * (1 - first)) * world.years * 365.25)
    hour = rng.choice(24, n, p=_HOURS / _HOURS.sum())
    start = END.timestamp() - world.years * YEAR_S
    postdate = start - start % 86400 + (day - 1) * 86400 + hour * 3600 + rng.integers(0, 3600, n)
    order = np.argsort(postdate, kind="stable")
    index = pd.RangeIndex(FIRST_PID, FIRST_PID + n, name="pid")
    return pd.DataFrame({"uid": uid[order], "postdate": postdate[order].astype(np.int64)}, index=index)


_HOURS = 1.2 + np.cos(2 * np.pi * (np.arange(24) - 18) / 24)
"""How often posts come at each hour of the day, UTC."""


def scale(raw: pd.DataFrame, uid: pd.Series) -> pd.DataFrame:
    """Centre each effect and give it its share of the label's variance.

    raw: shape (n, 8), the columns of SHARES; uid: shape (n,).
    The user's effect loses what it has in common with the users' means of the other effects, and the noise what it has
    in common with all of them: each stays what it is, a constant of the user and noise.
    """
    effects = raw - raw.mean()
    known = effects.drop(columns=["user", "noise"])
    effects["user"] = _residual(effects["user"], known.groupby(uid).transform("mean"))
    effects["noise"] = _residual(effects["noise"], effects.drop(columns="noise"))
    target = LABEL_SD * np.sqrt(pd.Series(SHARES))
    spread = effects.std(ddof=0)
    scaled: pd.DataFrame = effects * (target / spread.where(spread > 0, 1.0))
    return scaled


def _residual(of: pd.Series, on: pd.DataFrame) -> FloatArray:
    X = on.to_numpy()
    return np.asarray(of.to_numpy() - X @ np.linalg.lstsq(X, of.to_numpy(), rcond=None)[0])


def _earlier_views(posts: pd.DataFrame) -> pd.Series:
    """Mean views of the same user's earlier posts; NaN on the first. posts are ordered by date."""
    views = 2 ** (posts["label"] - 1)
    by_user = views.groupby(posts["uid"])
    earlier = by_user.cumcount()
    return ((by_user.cumsum() - views) / earlier.where(earlier > 0)).round(1)


def _sparse(label: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """commentcount and haspeople, mostly empty. Comments come with views, after posting."""
    n = len(label)
    comments = rng.poisson(np.exp(np.clip(0.35 * (label - 3) + rng.normal(0, 0.8, n), -4, 6))).astype(float)
    people = rng.integers(0, 2, n).astype(float)
    comments[rng.random(n) < 0.85] = np.nan
    people[rng.random(n) < 0.93] = np.nan
    return comments, people


def _links(n: int, dead: float, rng: np.random.Generator) -> list[str]:
    """Whether each photo is there, or why not; the share of dead ones is exact."""
    lost = round(n * dead)
    states = [DEATHS[i % len(DEATHS)] for i in range(lost)] + ["alive"] * (n - lost)
    return [states[i] for i in rng.permutation(n)]


def _latest(uid: pd.Series, share: float) -> pd.Series:
    """Mask of each user's latest posts, to the nearest whole post. uid is ordered by date."""
    by_user = uid.groupby(uid)
    from_last = by_user.cumcount(ascending=False)
    latest: pd.Series = from_last < np.floor(by_user.transform("size") * share + 0.5)
    return latest


def write_demo(folder: Path, settings: "Demo", seed: int) -> None:
    """Write the world's posts in the layout of the paper's data set, whole or not at all.

    {train,test}_data.csv, {train,test}_label.csv, images/<pid>.jpg, and truth.json: the shares, the label's mean, and
    for each pid its effects in units of the label, the description's sentiment (-1 to 1), the scene and the link.
    """
    world = build_world(settings, seed)
    draw = draw_posts(world, settings)
    with replacing(folder) as temporary:
        (temporary / "images").mkdir(parents=True)
        _write_tables(temporary, draw)
        _write_photos(temporary / "images", draw, streams(seed)["photos"])
        write_json(temporary / "truth.json", _truth(draw))


def _write_tables(folder: Path, draw: Draw) -> None:
    whole = dict.fromkeys(("commentcount", "haspeople"), "Int64")
    posts = draw.posts.reset_index().astype(whole).round({"label": 4})
    for split, rows in (("train", posts[~posts["test"]]), ("test", posts[posts["test"]])):
        rows.to_csv(folder / f"{split}_data.csv", columns=list(COLUMNS), index=False, lineterminator="\n")
        rows.to_csv(folder / f"{split}_label.csv", columns=["pid", "uid", "label"], index=False, lineterminator="\n")


def _write_photos(folder: Path, draw: Draw, source: np.random.SeedSequence) -> None:
    """Each photo has randomness of its own, so a link's death changes no other photo."""
    seeds = source.spawn(len(draw.shots))
    rows = zip(draw.posts.index, draw.posts["link"], draw.shots, seeds, strict=True)
    for pid, link, shot, seed in tqdm(rows, total=len(seeds), desc="demo photos", unit="photo"):
        if link == "missing":
            continue
        content = GONE if link == "html" else _jpeg(shot, np.random.default_rng(seed), small=link == "small")
        if link == "truncated":
            content = content[: len(content) // 3]
        (folder / f"{pid}.jpg").write_bytes(content)


GONE = (
    b"<!DOCTYPE html>\n<html><head><title>Not found</title></head><body>This photo is no longer here.</body></html>\n"
)
"""What some servers send instead of a photo that is gone."""


def _jpeg(shot: Shot, rng: np.random.Generator, *, small: bool) -> bytes:
    photo = Image.fromarray(render(shot, rng))
    if small:
        photo.thumbnail((12, 12))
    content = io.BytesIO()
    photo.save(content, format="JPEG", quality=88)
    return content.getvalue()


def _truth(draw: Draw) -> dict[str, object]:
    effects = draw.effects.round(6).to_dict("index")
    rows = zip(draw.posts.index, draw.posts["sentiment"], draw.posts["link"], draw.shots, strict=True)
    posts = {
        str(pid): {"effects": effects[pid], "sentiment": round(mood, 6), "scene": shot.kind, "link": link}
        for pid, mood, link, shot in rows
    }
    return {"shares": SHARES, "label_mean": round(draw.label_mean, 6), "posts": posts}
