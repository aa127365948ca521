"""The demo world's tables as the stages would leave them, without drawing a photo; a photo's embedding is noise."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from kit.batch_tables import write_batch
from kit.project import lay_out, set_param
from popularity import paths
from popularity.dataset.joining import join_batches
from popularity.dataset.table import read_dataset
from popularity.demo.events import Event
from popularity.demo.night import Night, draw_night
from popularity.demo.posts import Draw, draw_posts
from popularity.demo.world import World, build_world
from popularity.files import write_json
from popularity.models.evidence import evidence_of
from popularity.models.on_evidence import Estimator, OnFeatures
from popularity.models.out_of_fold import fit_out_of_fold, predictions_of
from popularity.monitoring.make_reference import write_reference
from popularity.posts import PREDICTIONS, write_table
from popularity.settings import load_settings
from popularity.text.features import read_posts
from popularity.text.sentiment import open_sentiment
from stages import dataset

LENGTH = 32  # of an embedding


def draw_world() -> tuple[World, Draw]:
    """The world of the current project, and the posts that are there."""
    settings = load_settings()
    world = build_world(settings.demo, settings.base.seed)
    return world, draw_posts(world, settings.demo)


def lay_out_champion(folder: Path, make: Callable[[], Estimator], **params: object) -> OnFeatures:
    """A project in the current folder with the demo's tables, a model in place of all, and champion v0001.

    make: what predicts in `all_posts` from the features, which stands for the CNN, the best one; there is no model of
    posts with a photo.
    params: changed in params.yaml, dots as double underscores.
    """
    lay_out(folder)
    for key, value in params.items():
        set_param(folder, key.replace("__", "."), value)
    _, base = draw_world()
    write_tables("demo", base.posts, labelled=True)
    return make_champion(make)


def make_champion(make: Callable[[], Estimator]) -> OnFeatures:
    """Join the current project's batches, fit a model of all posts and make it champion v0001: see above."""
    dataset.main()
    options, joined = load_settings().dataset, read_dataset(paths.DATASET)
    evidence = evidence_of(joined)
    fit = fit_out_of_fold(joined.of("all_posts"), evidence, lambda: OnFeatures(make(), options), name="model")
    write_table(paths.predictions("cnn"), predictions_of([fit]), PREDICTIONS)
    write_json(paths.metrics("evaluate"), {"all_posts": {"best": {"model": "cnn"}}})
    bundle = paths.champion("v0001")
    shutil.copytree(paths.DICTIONARIES, bundle / "features")
    write_reference(bundle, load_settings())
    assert isinstance(fit.model, OnFeatures)
    return fit.model


def night(number: int, event: Event | None = None) -> Night:
    """A night of the current project's world."""
    world, base = draw_world()
    return draw_night(world, base, load_settings().demo, number, event)


def write_tables(batch: str, draw: pd.DataFrame, *, labelled: bool) -> None:
    """posts, labels, links, text and embeddings of a batch; draw: as `Draw.posts`."""
    posts = draw.reset_index()
    alive = posts["link"] == "alive"
    options = load_settings().text_features.model_copy(update={"sentiment": "vader"})
    with open_sentiment(options) as sentiment:
        text = read_posts(posts, sentiment)
    posts = posts.assign(
        label=posts["label"] if labelled else np.nan,
        given_split=np.where(posts["test"], "test", "train") if "test" in posts else "",
        alive=alive, reason=posts["link"].where(~alive, ""), sha256=posts["pid"].astype(str),
    )  # fmt: skip
    write_batch(batch, posts, text)
    pids = posts["pid"][alive].to_numpy(np.int64)
    folder = paths.embeddings(batch)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([int(posts["pid"].iloc[0]), 1])
    np.save(folder / "pids.npy", pids)
    np.save(folder / "embeddings.npy", rng.normal(size=(len(pids), LENGTH)).astype(np.float16))


def write_scores(batch: str, predict: Callable[[pd.DataFrame], np.ndarray]) -> None:
    """What champion v0001 said of a batch. predict: from the batch's joined rows."""
    settings = load_settings()
    if batch not in settings.batches:
        set_param(Path(), f"batches.{batch}", {"source": "smp", "path": f"data/raw/{batch}", "read": "as_of_post"})
        settings = load_settings()
    posts = join_batches({batch: settings.batches[batch]}, settings.dataset.profile)
    paths.scores(batch).parent.mkdir(parents=True, exist_ok=True)
    scores = pd.DataFrame({"pid": posts["pid"], "prediction": predict(posts), "model": "cnn", "version": "v0001"})
    scores.to_parquet(paths.scores(batch), index=False)
