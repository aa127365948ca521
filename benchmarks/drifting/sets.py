"""A set with a champion's reference, and posts that came later: the real stages, of the models boosted trees alone."""

import importlib
import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from PIL import Image

from popularity import paths
from popularity.arrays import FloatArray
from popularity.dataset.joining import join_batches
from popularity.dataset.table import read_dataset
from popularity.demo.night import draw_night, labels_seen_later, table_of
from popularity.demo.posts import draw_posts, write_photos
from popularity.demo.world import build_world
from popularity.embeddings import read_embeddings
from popularity.files import read_json, write_json
from popularity.images.embed import embed_photos
from popularity.models.boosted import Boosted
from popularity.models.evidence import Evidence, evidence_of
from popularity.models.out_of_fold import fit_out_of_fold, predictions_of
from popularity.monitoring.described import Photos
from popularity.monitoring.expected_error import expected_errors
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.make_reference import AtHorizon, latest_of_each_user, write_reference
from popularity.monitoring.reference import FEATURES, FOLDER, Reference
from popularity.posts import PREDICTIONS, photo_shards, read_table, write_table
from popularity.settings import Batch, Monitoring, load_settings

ROOT = Path(__file__).parents[2]
KNOWN, LATER, GREY = "known", "later", "grey"
TRAIN, TEST, RECRAWL = (
    [{"data": f"{part}_data.csv", "label": f"{part}_label.csv"}] for part in ("train", "test", "recrawl")
)
TEST_SHARE = 0.2
DEMO_NIGHTS = 7


@dataclass(frozen=True)
class World:
    """A champion's reference and posts that it never saw; rows oldest first."""

    name: str
    known: pd.DataFrame  # the champion's training posts, as data/dataset.parquet
    later: pd.DataFrame  # as `join_batches`, labels of comparable ages alone, with title_text
    prediction: FloatArray  # of later posts
    photos: Photos  # of later posts
    grey: Photos  # the same turned grey
    expected: FloatArray  # absolute error of each prediction, told without labels
    known_labels: KnownLabels  # those that the champion's own figures were made of
    reference: Reference
    alive: float  # share of the reference's posts whose photo is there
    options: Monitoring
    model: Boosted

    @property
    def own_mae(self) -> float:
        """The champion's on its tests."""
        return float(np.abs(self.known_labels.label - self.known_labels.prediction).mean())

    def predicted(self, posts: pd.DataFrame) -> FloatArray:
        """The model's predictions of rows like `later`, shape (n,)."""
        return predicted(self.model, posts)


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """The folder as the current one."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def lay_out(folder: Path, source: Path | None) -> None:
    """A project of the set in an empty folder, up to its dataset. source: a folder, None for the demo.

    Later posts are those of recrawl files where there are any, of seven further nights in the demo, else the set's test
    posts; the champion then keeps the latest fifth of the others for tests.
    """
    shutil.copy(ROOT / "params.yaml", folder)
    shutil.copytree(ROOT / "expectations", folder / "expectations")
    shutil.copytree(ROOT / "data/visits", folder / "data/visits")
    with inside(folder):
        if source is None:
            run("demo", "demo")
            write_later_nights(Path("data/raw/later"))
            known: dict[str, Any] = {"source": "demo", "path": "data/raw/demo", "read": "as_of_post"}
            later = known | {"source": "smp", "path": "data/raw/later", "files": TRAIN}
            crawls = {"demo": known, LATER: later}
        else:
            known = {"source": "smp", "path": str(source.resolve()), "read": "as_of_post"}
            recrawled = (source / RECRAWL[0]["data"]).exists()
            crawls = {KNOWN: known if recrawled else known | {"files": TRAIN}}
            crawls[LATER] = known | {"files": RECRAWL if recrawled else TEST}
            set_param("demo", "batches", value=[])
            if not recrawled:
                set_param("dataset", "split", value={"mode": "time", "test_share": TEST_SHARE, "newest": []})
        set_param("batches", value=crawls)
        for batch in crawls:
            for stage in ("ingest", "fetch", "filter_links", "text_features", "image_embeddings"):
                run(stage, batch)
        write_grey(paths.photos(LATER), paths.photos(GREY))
        embed_photos(paths.photos(GREY), load_settings().image_embeddings, paths.embeddings(GREY))
        write_json(Path("later.json"), crawls.pop(LATER))
        set_param("batches", value=crawls)
        run("dataset")


def run(stage: str, *arguments: str) -> None:
    """Run a stage as DVC would, in the current folder."""
    before = sys.argv
    sys.argv = [stage, *arguments]
    try:
        importlib.import_module(f"stages.{stage}").main()
    finally:
        sys.argv = before


def set_param(*keys: str, value: object) -> None:
    """Give a key of the current folder's params.yaml, named with its sections, another value."""
    params = yaml.safe_load(paths.PARAMS.read_text(encoding="utf-8"))
    place = params
    for section in keys[:-1]:
        place = place[section]
    place[keys[-1]] = value
    paths.PARAMS.write_text(yaml.safe_dump(params), encoding="utf-8")


def write_later_nights(folder: Path) -> None:
    """The demo's next nights as one crawl in the layout of SMP, with labels."""
    settings = load_settings()
    world = build_world(settings.demo, settings.base.seed)
    base = draw_posts(world, settings.demo)
    (folder / "images").mkdir(parents=True)
    posts, labels = [], []
    for number in range(1, DEMO_NIGHTS + 1):
        night = draw_night(world, base, settings.demo, number, None)
        write_photos(folder / "images", night.draw, night.photos)
        posts.append(table_of(night))
        seen = labels_seen_later(night, settings.label.min_age_days)
        labels.append(seen.assign(uid=posts[-1].set_index("pid")["uid"].loc[seen["pid"]].to_numpy()))
    pd.concat(posts).to_csv(folder / TRAIN[0]["data"], index=False)
    pd.concat(labels).to_csv(folder / TRAIN[0]["label"], index=False)


def write_grey(photos: Path, folder: Path) -> None:
    """The photos of these shards turned grey."""
    folder.mkdir(parents=True)
    for shard in photo_shards(photos):
        table = pq.read_table(shard)
        jpegs = [_grey(jpeg.as_py()) for jpeg in table["jpeg"]]
        column = table.schema.get_field_index("jpeg")
        pq.write_table(table.set_column(column, "jpeg", pa.array(jpegs, pa.binary())), folder / shard.name)


def _grey(jpeg: bytes) -> bytes:
    content = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).convert("L").convert("RGB").save(content, "JPEG", quality=90)
    return content.getvalue()


def open_world(folder: Path, name: str) -> World:
    """Fit the model on a laid out set, write the reference, read what came later."""
    with inside(folder):
        settings = load_settings()
        joined = read_dataset(paths.DATASET)
        fit = fit_out_of_fold(
            joined.of("all_posts"),
            evidence_of(joined),
            lambda: Boosted(settings.train_boosted, settings.dataset, settings.base.seed, photos=False),
            name="boosted",
        )
        assert isinstance(fit.model, Boosted)
        write_table(paths.predictions("boosted"), predictions_of([fit]), PREDICTIONS)
        write_json(paths.metrics("evaluate"), {"all_posts": {"best": {"model": "boosted"}}})
        bundle = paths.champion("v0001")
        shutil.rmtree(bundle, ignore_errors=True)
        shutil.copytree(paths.DICTIONARIES, bundle / FEATURES)
        train, test = (joined.frame[joined.frame["split"] == split] for split in ("train", "test"))
        horizon = train["age_days"].median()
        asked = predicted(fit.model, test.assign(age_days=horizon))
        write_reference(
            bundle,
            settings,
            None if np.isnan(horizon) else AtHorizon(float(horizon), pd.Series(asked, test["pid"].to_numpy())),
        )
        reference = Reference.load(bundle)
        later = join_batches({LATER: Batch.model_validate(read_json(Path("later.json")))}, settings.dataset.profile)
        later["label"] = later["label"].where(reference.ages.comparable(later["age_days"]))
        titles = read_table(paths.posts(LATER), ["pid", "title"]).set_index("pid")["title"]
        later["title_text"] = titles.loc[later["pid"]].to_numpy()
        by_date = ["postdate", "pid"]
        later = later.sort_values(by_date, ignore_index=True)
        prediction, known = predicted(fit.model, later), KnownLabels.load(bundle / FOLDER)
        expected = expected_errors(bundle / FOLDER, later, prediction, reference.users, reference.maker.names)
        assert expected is not None
        return World(
            name=name,
            known=train.sort_values(by_date, ignore_index=True),
            later=later,
            prediction=prediction,
            photos=read_embeddings(paths.embeddings(LATER)),
            grey=read_embeddings(paths.embeddings(GREY)),
            expected=expected,
            known_labels=known,
            reference=reference,
            alive=alive_of_latest(train.sort_values(by_date), settings.monitoring.latest_share),
            options=settings.monitoring,
            model=fit.model,
        )


def predicted(model: Boosted, posts: pd.DataFrame) -> FloatArray:
    """What the model predicts of joined posts, shape (n,)."""
    return model.predict(Evidence(posts, posts["has_photo"].to_numpy(bool), None, None))


def alive_of_latest(train: pd.DataFrame, share: float) -> float:
    """The share of each user's latest training posts whose photo is there. train: oldest first."""
    latest = latest_of_each_user(train["uid"].to_numpy(np.int64), share)
    return float(train["has_photo"].to_numpy(bool)[latest].mean())
