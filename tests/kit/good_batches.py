"""Good batches of a world as the stages would leave them: `known`, which a champion learned from, and `night`."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.batch_tables import write_batch
from kit.demo_tables import LENGTH, draw_world, make_champion, night
from kit.project import lay_out, set_param
from popularity import paths
from popularity.models.on_evidence import Estimator, OnFeatures
from popularity.posts import DAY, PHOTOS, shard_path, write_table
from popularity.settings import Batch, load_settings
from popularity.sources.readers import read_batch
from popularity.text.features import read_posts
from popularity.text.sentiment import open_sentiment

WORLDS = ("demo", "instagram", "instagram-profiles")
GONE = "http status 404"
NIGHT = 300


@dataclass(frozen=True)
class World:
    """A project with both batches' tables and champion v0001. Columns of POSTS, LABELS and LINKS."""

    name: str
    model: OnFeatures
    part: pd.DataFrame  # all posts that are later than the known ones
    night: pd.DataFrame  # NIGHT of them, evenly


def lay_out_world(name: str, folder: Path, real_data: Path | None, make: Callable[[], Estimator]) -> World:
    """In the current folder, which is `folder`. real_data: where the real sets are."""
    lay_out(folder)
    set_param(folder, "demo.batches", [])
    batches = {one: {"source": "smp", "path": f"data/raw/{one}", "read": "as_of_post"} for one in ("known", "night")}
    set_param(folder, "batches", batches)
    known, new = _of_demo() if real_data is None else _of_crawl(real_data / name)
    write_whole("known", known)
    model = make_champion(make)
    write_whole("night", new)
    those = np.unique(np.linspace(0, len(new) - 1, min(NIGHT, len(new))).round().astype(int))
    return World(name, model, new, new.iloc[those].reset_index(drop=True))


def write_whole(batch: str, posts: pd.DataFrame) -> None:
    """All tables of a batch, its text read anew. posts: as `World.night`."""
    options = load_settings().text_features.model_copy(update={"sentiment": "vader"})
    with open_sentiment(options) as sentiment:
        text = read_posts(posts, sentiment)
    write_batch(batch, posts, text)
    write_photos(batch, posts)


def write_photos(batch: str, posts: pd.DataFrame) -> None:
    """The photos of living posts, and embeddings that say nothing."""
    alive = posts[posts["alive"]]
    stored = alive[["pid", "sha256"]].assign(width=42, height=42, jpeg=b"\xff\xd8")
    write_table(shard_path(paths.photos(batch), 0), stored, PHOTOS)
    rng = np.random.default_rng(len(posts))
    np.save(paths.embeddings(batch) / "pids.npy", alive["pid"].to_numpy(np.int64))
    np.save(paths.embeddings(batch) / "embeddings.npy", rng.normal(size=(len(alive), LENGTH)).astype(np.float16))


def _of_demo() -> tuple[pd.DataFrame, pd.DataFrame]:
    known, new = draw_world()[1].posts, night(1).draw.posts
    return tuple(
        _linked(
            posts.reset_index().assign(
                seen=posts["postdate"].to_numpy() + 30.0 * DAY,
                age_days=30.0,
                given_split=np.where(posts["test"], "test", "train") if "test" in posts else "",
            ),
            (posts["link"] == "alive").to_numpy(),
        )
        for posts in (known, new)
    )


def _of_crawl(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts = read_parts(folder)
    return pd.concat([parts["train"], parts["test"]], ignore_index=True), parts["recrawl"]


def read_parts(folder: Path) -> dict[str, pd.DataFrame]:
    """The parts of a real set that are there, train, test and recrawl: as `World.night`."""
    parts = {}
    for part in ("train", "test", "recrawl"):
        if not (folder / f"{part}_data.csv").exists():
            continue
        files = [{"data": f"{part}_data.csv", "label": f"{part}_label.csv"}]
        crawl = read_batch(
            Batch.model_validate({"source": "smp", "path": str(folder), "files": files}), load_settings().label
        )
        posts = crawl.posts.merge(crawl.labels.drop(columns="postdate"), on="pid")
        there = np.array([(folder / link).is_file() for link in posts["image_url"]])
        digest = [
            hashlib.sha256((folder / link).read_bytes()).hexdigest() if here else ""
            for link, here in zip(posts["image_url"], there, strict=True)
        ]
        parts[part] = _linked(
            posts.assign(age_days=np.nan, given_split=part if part != "recrawl" else "", sha256=digest), there
        )
    return parts


def _linked(posts: pd.DataFrame, alive: np.ndarray) -> pd.DataFrame:
    own = [hashlib.sha256(str(pid).encode()).hexdigest() for pid in posts["pid"]]
    sha256 = posts["sha256"] if "sha256" in posts else pd.Series(own, index=posts.index)
    return posts.assign(
        alive=alive, reason=np.where(alive, "", GONE), sha256=sha256.where(alive, ""),
        phash=sha256.str[:16].where(alive, ""), width=np.where(alive, 42, 0), height=np.where(alive, 42, 0),
        commentcount=posts["commentcount"].astype(np.float64),
    )  # fmt: skip
