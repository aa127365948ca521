"""The built-in demo: posts of the made-up world, written as a crawl in the layout of the paper's data set."""

import io
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from popularity.arrays import FloatArray
from popularity.demo.scenes import Shot, render
from popularity.demo.text import THEMES, Words, write_words
from popularity.demo.world import (
    END,
    MEAN_VIEWS,
    SHARES,
    YEAR_S,
    Units,
    World,
    build_world,
    raw_effects,
    streams,
    with_noise,
)
from popularity.files import replacing, write_json

if TYPE_CHECKING:
    from popularity.settings import Demo

FIRST_PID = 200_001
DAY_S = 86_400
DEATHS = ("missing", "truncated", "html", "small")
COLUMNS = (
    "pid", "uid", "postdate", "commentcount", "haspeople", "titlelen", "deslen", "tagcount", "avgview",
    "groupcount", "avgmembercount", "alltags", "title", "description", "image_url",
)  # fmt: skip


@dataclass(frozen=True)
class Draw:
    """Posts of a world, by pid, with what they owe to each effect."""

    posts: pd.DataFrame  # index pid: COLUMNS but pid, and label, sentiment, link, test
    shots: list[Shot]  # what each photo shows
    effects: pd.DataFrame  # index pid: the columns of SHARES, in units of the label, each with mean 0
    label_mean: float
    units: Units


def draw_posts(world: World, settings: "Demo") -> Draw:
    """The world's posts, oldest first. The variance of each effect over them is exactly its share."""
    sources = {name: np.random.default_rng(source) for name, source in streams(world.seed).items()}
    posts = _when(world, settings.posts, sources["when"])
    posts, texts, shots = compose(world, posts, sources)
    raw = raw_effects(world, posts, texts, shots)
    units = Units.fit(raw, posts["uid"], world.users["effect"])
    effects = with_noise(units.effects(raw, posts["uid"]), sources["noise"].normal(size=len(posts)))
    deviation = effects.sum(axis=1)
    label_mean = float(np.log2((MEAN_VIEWS + 1) / np.mean(2**deviation)))
    posts["label"] = label_mean + deviation
    posts["avgview"] = _earlier_views(posts)
    posts["commentcount"], posts["haspeople"] = _sparse(posts["label"].to_numpy(), sources["later"])
    posts["link"] = draw_links(len(posts), settings.dead_links, sources["links"])
    posts["test"] = _latest(posts["uid"], settings.test_share)
    return Draw(posts, shots, effects, label_mean, units)


def compose(
    world: World, posts: pd.DataFrame, sources: dict[str, np.random.Generator]
) -> tuple[pd.DataFrame, list[Words], list[Shot]]:
    """What users write and show: posts (index pid: uid, postdate) with all columns that do not depend on views."""
    tastes = world.users[list(THEMES)]
    themes = [sources["texts"].choice(list(THEMES), p=tastes.loc[uid].to_numpy(float)) for uid in posts["uid"]]
    says = sources["sentiment"].random(len(posts)) > 0.15
    felt = np.clip(sources["sentiment"].normal(0.15, 0.5, len(posts)), -1, 1)
    texts = [
        write_words(theme, mood if speaks else None, sources["texts"])
        for theme, mood, speaks in zip(themes, felt, says, strict=True)
    ]
    shots = [Shot.draw(sources["shots"]) for _ in texts]
    title, description = ([getattr(text, name) for text in texts] for name in ("title", "description"))
    return (
        posts.assign(
            theme=themes,
            sentiment=np.where(says, felt, 0.0),
            alltags=[" ".join(text.tags) for text in texts],
            tagcount=[len(text.tags) for text in texts],
            title=title,
            description=description,
            titlelen=[len(text) for text in title],
            deslen=[len(text) for text in description],
            groupcount=world.users["groupcount"].loc[posts["uid"]].to_numpy(),
            avgmembercount=world.users["avgmembercount"].loc[posts["uid"]].to_numpy(),
            image_url=[f"images/{pid}.jpg" for pid in posts.index],
        ),
        texts,
        shots,
    )


def _when(world: World, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """uid and postdate of n posts, ordered by date; each user has at least one where n allows it."""
    share = (world.users["activity"] / world.users["activity"].sum()).to_numpy()
    uids = world.users.index.to_numpy()
    uid = np.concatenate([uids[:n], rng.choice(uids, max(n - len(uids), 0), p=share)])
    first = world.users["first"].loc[uid].to_numpy()
    day = np.floor((1 - rng.uniform(0, 1, n) * (1 - first)) * world.years * 365.25)
    hour = rng.choice(24, n, p=HOURS / HOURS.sum())
    start = END.timestamp() - world.years * YEAR_S
    postdate = start - start % 86400 + (day - 1) * 86400 + hour * 3600 + rng.integers(0, 3600, n)
    order = np.argsort(postdate, kind="stable")
    index = pd.RangeIndex(FIRST_PID, FIRST_PID + n, name="pid")
    return pd.DataFrame({"uid": uid[order], "postdate": postdate[order].astype(np.int64)}, index=index)


HOURS = 1.2 + np.cos(2 * np.pi * (np.arange(24) - 18) / 24)
"""How often posts come at each hour of the day, UTC."""


def _earlier_views(posts: pd.DataFrame) -> pd.Series:
    """Mean views of the same user's earlier posts; NaN on the first. posts are ordered by date."""
    views = views_of(posts["label"])
    by_user = views.groupby(posts["uid"])
    earlier = by_user.cumcount()
    return ((by_user.cumsum() - views) / earlier.where(earlier > 0)).round(1)


def _sparse(label: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """commentcount and haspeople, mostly empty. Comments come with views, after posting."""
    n = len(label)
    comments = rng.poisson(np.exp(np.clip(0.35 * (label - 2) + rng.normal(0, 0.8, n), -4, 6))).astype(float)
    people = rng.integers(0, 2, n).astype(float)
    comments[rng.random(n) < 0.85] = np.nan
    people[rng.random(n) < NO_HASPEOPLE] = np.nan
    return comments, people


NO_HASPEOPLE = 0.93
"""Share of posts of which nobody has said whether people are in them."""


def draw_haspeople(n: int, rng: np.random.Generator) -> FloatArray:
    """haspeople of n posts that have no comments yet: 0, 1, or mostly NaN."""
    people = rng.integers(0, 2, n).astype(float)
    people[rng.random(n) < NO_HASPEOPLE] = np.nan
    return people


def draw_links(n: int, dead: float, rng: np.random.Generator) -> list[str]:
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


def write_demo(folder: Path, settings: "Demo", seed: int, age_days: int) -> None:
    """Write the world's posts in the layout of the paper's data set, whole or not at all.

    {train,test}_data.csv, {train,test}_label.csv (views read age_days after posting), images/<pid>.jpg, and truth.json:
    the shares, the label's mean, and for each pid its effects in units of the label, the description's sentiment (-1 to
    1), the scene and the link.
    """
    world = build_world(settings, seed)
    draw = draw_posts(world, settings)
    with replacing(folder) as temporary:
        (temporary / "images").mkdir(parents=True)
        _write_tables(temporary, draw, age_days)
        write_photos(temporary / "images", draw, streams(seed)["photos"])
        write_json(temporary / "truth.json", _truth(draw))


def views_of(label: pd.Series) -> pd.Series:
    """The views, int64, of which log2(views + 1) is the label, but for their rounding; a label below 0 has none."""
    return (2**label - 1).round().clip(lower=0).astype(np.int64)


def views_seen(posts: pd.DataFrame, age_days: int) -> pd.DataFrame:
    """What is counted of posts so many days after posting: columns views and seen (Unix seconds), whole numbers."""
    return pd.DataFrame({"views": views_of(posts["label"]), "seen": posts["postdate"] + age_days * DAY_S})


def _write_tables(folder: Path, draw: Draw, age_days: int) -> None:
    whole = dict.fromkeys(("commentcount", "haspeople"), "Int64")
    posts = draw.posts.assign(**views_seen(draw.posts, age_days)).reset_index().astype(whole)
    labels = ["pid", "uid", "views", "seen"]
    for split, rows in (("train", posts[~posts["test"]]), ("test", posts[posts["test"]])):
        rows.to_csv(folder / f"{split}_data.csv", columns=list(COLUMNS), index=False, lineterminator="\n")
        rows.to_csv(folder / f"{split}_label.csv", columns=labels, index=False, lineterminator="\n")


def write_photos(folder: Path, draw: Draw, source: np.random.SeedSequence) -> None:
    """Each photo has randomness of its own, so a link's death changes no other photo."""
    seeds = source.spawn(len(draw.shots))
    files = [folder / f"{pid}.jpg" for pid in draw.posts.index]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        written = pool.map(_write_photo, files, draw.posts["link"], draw.shots, seeds, chunksize=8)
        for _ in tqdm(written, total=len(seeds), desc="demo photos", unit="photo"):
            pass


def _write_photo(file: Path, link: str, shot: Shot, seed: np.random.SeedSequence) -> None:
    if (content := photo_behind(link, shot, seed)) is not None:
        file.write_bytes(content)


def photo_behind(link: str, shot: Shot, seed: np.random.SeedSequence) -> bytes | None:
    """What lies behind a link of `draw_links`: a JPEG, what is left of it, or None, nothing."""
    if link == "missing":
        return None
    content = GONE if link == "html" else _jpeg(shot, np.random.default_rng(seed), small=link == "small")
    return content[: len(content) // 3] if link == "truncated" else content


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
