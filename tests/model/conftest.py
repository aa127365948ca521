"""A planted world, and what each trained model says of its posts: fitted once in a run, opened once in a module."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from kit.planted_world import Planted, Scoring, fit, plant
from kit.shared import made_once
from popularity.arrays import FloatArray

Predict = Callable[[pd.DataFrame], FloatArray]


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The world, with rf and boosted; not to be changed."""
    return Planted(made_once(tmp_path_factory, "planted", plant))


@pytest.fixture(scope="module")
def scoring() -> Iterator[Scoring]:
    found = Scoring()
    yield found
    found.close()


@dataclass(frozen=True)
class Scored:
    """A trained model that scores posts of a population: the world that it knows, and posts that it did not learn."""

    world: Planted
    model: str
    population: str
    posts: pd.DataFrame  # of `Planted.posts`, the test posts of the population
    photos: pd.Series  # embeddings of these posts, index as theirs; empty in `all_posts`
    predict: Callable[..., FloatArray]  # of posts as `posts`, and of photos in place of theirs


@pytest.fixture(scope="module")
def scored(
    request: pytest.FixtureRequest, planted: Planted, scoring: Scoring, tmp_path_factory: pytest.TempPathFactory
) -> Scored:
    """Of the model and population that the test names."""
    model, population = request.param
    world = planted
    if model not in ("rf", "boosted"):

        def learn(folder: Path) -> None:
            shutil.copytree(planted.folder, folder, dirs_exist_ok=True)
            fit(folder, model)

        world = Planted(made_once(tmp_path_factory, f"planted-{model}", learn))
    posts, photos = world.posts("test"), pd.Series(dtype=object)
    serves = {"all_posts": model}
    if population == "posts_with_photo":
        embeddings = world.photos()
        posts = posts[posts["pid"].isin(embeddings.index)].reset_index(drop=True)
        photos = embeddings.loc[posts["pid"]].reset_index(drop=True)
        serves = {"all_posts": "rf", population: model}
    bundle = world.bundle(f"{model}-{population}", serves)

    def predict(posts: pd.DataFrame, shown: pd.Series = photos) -> FloatArray:
        return scoring.predictions(bundle, posts, shown if len(shown) else None)

    return Scored(world, model, population, posts, photos, predict)
