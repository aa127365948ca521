"""The demo's world with models of it that their stages fitted, each of which scores posts from raw words."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.bundles import FACTS, put_bundle
from kit.demo_tables import LENGTH, draw_world, write_tables
from kit.project import DemoProject, lay_out, set_param
from popularity import paths
from popularity.arrays import FloatArray
from popularity.dataset.table import read_dataset
from popularity.models.evidence import Backbone, Evidence
from popularity.posts import read_table
from popularity.registry.predictor import open_predictor
from popularity.settings import load_settings

SMALL = {
    "demo.posts": 800,
    "demo.users": 30,
    "dataset.folds": 3,
    "train_rf.trees": 20,
    "train_boosted.trees": 60,
    "train_image.head.epochs": 60,
    "protocols.of.rf": [],
    "protocols.of.boosted": [],
}
STAGES = {
    "rf": "train_rf",
    "boosted": "train_boosted",
    "cnn": "train_cnn",
    "image": "train_image",
    "multimodal": "fuse",
}
BACKBONE = Backbone.model_validate(FACTS["backbone"])
USUAL_AGE = 30.0
"""Days; the age at which the demo's labels stay what they are."""
PER_DOUBLING = 0.8
"""What a planted label grows by while its post's age doubles."""


def plant(folder: Path, *, ages: bool = False) -> None:
    """A project with the world's posts, read and joined by its stages, and the models rf and boosted.

    A photo's embedding is noise, but that its first number says what the photo adds to the label. ages: labels were
    read at ages between 2 and 500 days, and grow with them.
    """
    lay_out(folder)
    for key, value in SMALL.items():
        set_param(folder, key, value)
    with project_in(folder) as project:
        _, drawn = draw_world()
        posts = drawn.posts
        if ages:
            age = 2.0 * 250 ** np.random.default_rng(5).random(len(posts))
            posts = posts.assign(age_days=age, label=posts["label"] + PER_DOUBLING * np.log2(age / USUAL_AGE))
        write_tables("demo", posts, labelled=True)
        _plant_photos(drawn.effects["photo"])
        project.run("text_features", "demo")
        project.run("dataset")
        for model in ("rf", "boosted"):
            project.run(STAGES[model])


def fit(folder: Path, model: str) -> None:
    """Run the stage of one more model."""
    with project_in(folder) as project:
        project.run(STAGES[model])


@contextmanager
def project_in(folder: Path) -> Iterator[DemoProject]:
    """The project in a folder, which is the current one inside the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield DemoProject(folder, patch)


def _plant_photos(worth: "pd.Series[float]") -> None:
    folder = paths.embeddings("demo")
    pids = np.load(folder / "pids.npy")
    rows = np.random.default_rng(7).normal(size=(len(pids), LENGTH))
    rows[:, 0] = 3 * worth.loc[pids]
    np.save(folder / "embeddings.npy", rows.astype(np.float16))


@dataclass(frozen=True)
class Planted:
    """What the project in a folder knows and predicts."""

    folder: Path

    def posts(self, split: str) -> pd.DataFrame:
        """The posts of a split as their crawl gave them, columns of `posts.POSTS`, by pid; and their true `label`."""
        with project_in(self.folder):
            joined, truth = read_dataset(paths.DATASET).frame, read_table(paths.TEST_LABELS).set_index("pid")["label"]
            own = joined[joined["split"] == split].set_index("pid")
            posts = read_table(paths.posts("demo"))
        label = own["label"].fillna(truth)
        return posts[posts["pid"].isin(own.index)].assign(label=posts["pid"].map(label)).reset_index(drop=True)

    def photos(self) -> "pd.Series[object]":
        """The embedding of each photo, shape (d,), index pid."""
        folder = self.folder / paths.embeddings("demo")
        rows = np.load(folder / "embeddings.npy")
        return pd.Series(list(rows), index=np.load(folder / "pids.npy"), dtype=object)

    def ages(self) -> "pd.Series[float]":
        """How old each post was when its label was read, days, index pid."""
        with project_in(self.folder):
            return read_dataset(paths.DATASET).frame.set_index("pid")["age_days"]

    def bundle(self, version: str, serves: dict[str, str], **facts: object) -> Path:
        """A bundle of models that the project has fitted; it may be there already. serves: population -> model."""
        with project_in(self.folder):
            folder = paths.champion(version).resolve()
            if not folder.exists():
                put_bundle(version, serves=serves, features=load_settings().dataset.features, **facts)
                shutil.copytree(paths.DICTIONARIES, folder / "features", dirs_exist_ok=True)
                for population, model in serves.items():
                    inside = folder / "models" / model / population
                    shutil.copytree(paths.model(model) / population, inside, dirs_exist_ok=True)
        return folder


class Scoring:
    """Models that score posts from raw words, each opened once; `close` it."""

    def __init__(self) -> None:
        self._opened, self._predictors = ExitStack(), {}

    def predictions(self, bundle: Path, posts: pd.DataFrame, photos: "pd.Series[object] | None" = None) -> FloatArray:
        """What a bundle predicts of posts, shape (n,). posts: the columns of `posts.POSTS`."""
        return self.scores(bundle, self.evidence(bundle, posts, photos))["prediction"].to_numpy()

    def evidence(self, bundle: Path, posts: pd.DataFrame, photos: "pd.Series[object] | None" = None) -> Evidence:
        """What is read of posts. photos: embeddings of those that have one, index the place in `posts`."""
        read, _ = self._predictor(bundle).read(posts, None)
        if photos is None:
            return read
        shown = posts.index.isin(photos.index)
        return replace(read, has_photo=shown, embeddings=np.stack(photos.loc[posts.index[shown]]), backbone=BACKBONE)

    def scores(self, bundle: Path, evidence: Evidence) -> pd.DataFrame:
        """The columns of `scoring.SCORES`."""
        return self._predictor(bundle).score(evidence)

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()

    def _predictor(self, bundle: Path):
        if bundle not in self._predictors:
            self._predictors[bundle] = self._opened.enter_context(open_predictor(bundle))
        return self._predictors[bundle]
