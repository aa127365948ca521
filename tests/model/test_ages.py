"""Views after how many days: asked of the models that read it, answered as the planted world grows, told in scores."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.planted_world import PER_DOUBLING, Planted, Scoring, plant
from kit.shared import made_once
from popularity.arrays import FloatArray
from popularity.models.evidence import Evidence

RF, BOOSTED = {"all_posts": "rf"}, {"all_posts": "boosted"}
BOTH = {"all_posts": "rf", "posts_with_photo": "boosted"}
HORIZON = 100.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return Planted(made_once(tmp_path_factory, "planted-ages", lambda folder: plant(folder, ages=True)))


@pytest.fixture(scope="module")
def scoring() -> Iterator[Scoring]:
    found = Scoring()
    yield found
    found.close()


@pytest.fixture(scope="module")
def posts(world: Planted) -> pd.DataFrame:
    return world.posts("test")


@pytest.fixture(scope="module")
def photos(world: Planted, posts: pd.DataFrame) -> "pd.Series[object]":
    of = world.photos()
    shown = posts[posts["pid"].isin(of.index)]
    return pd.Series(of.loc[shown["pid"]].to_list(), index=shown.index)


def bundle(world: Planted, serves: dict[str, str], horizon: float | None) -> Path:
    return world.bundle("-".join([*serves.values(), f"{horizon:g}"]), serves, horizon_days=horizon)


def of_age(evidence: Evidence, age: "FloatArray | float") -> Evidence:
    return replace(evidence, posts=evidence.posts.assign(age_days=age))


def test_an_age_is_told_by_the_models_that_read_it_alone(world, scoring, posts, photos) -> None:
    ages = np.where(np.arange(len(posts)) % 2 == 0, 7.0, np.nan)
    asked = np.where(np.isnan(ages), HORIZON, ages)
    shown = posts.index.isin(photos.index)
    assert 10 < shown.sum() < len(posts) - 10
    found = {}
    for name, serves in (("rf", RF), ("boosted", BOOSTED), ("both", BOTH)):
        one = bundle(world, serves, HORIZON)
        scores = scoring.scores(one, of_age(scoring.evidence(one, posts, photos), ages))
        found[name] = scores["age_days"].to_numpy()
    np.testing.assert_array_equal(found["rf"], np.nan)
    np.testing.assert_array_equal(found["boosted"], asked)
    np.testing.assert_array_equal(found["both"], np.where(shown, asked, np.nan))


def test_an_age_moves_no_prediction_of_a_model_that_does_not_read_it(world, scoring, posts) -> None:
    one = bundle(world, RF, HORIZON)
    read = scoring.evidence(one, posts)
    young, old = (scoring.scores(one, of_age(read, age))["prediction"] for age in (3.0, 300.0))
    assert (young == old).all()


def test_a_post_of_a_known_age_scores_the_same_alone_among_all_and_at_any_horizon(
    world, scoring, posts, photos
) -> None:
    ages = np.where(np.arange(len(posts)) % 2 == 0, 7.0, np.nan)
    one, other = (bundle(world, BOTH, horizon) for horizon in (HORIZON, 3.0))
    among_all = of_age(scoring.evidence(one, posts, photos), ages)
    whole, elsewhere = (scoring.scores(bundle, among_all) for bundle in (one, other))
    for row in range(0, len(posts), 5):
        alone = scoring.scores(one, among_all.of(np.arange(len(posts)) == row))
        pd.testing.assert_frame_equal(alone, whole.iloc[[row]].reset_index(drop=True))
    by_boosted, known = posts.index.isin(photos.index), ~np.isnan(ages)
    differs = (whole["prediction"] != elsewhere["prediction"]).to_numpy()
    np.testing.assert_array_equal(differs, by_boosted & ~known)


def test_views_at_a_horizon_of_3_days_lie_below_those_at_300_by_what_this_world_grows(world, scoring, posts) -> None:
    early, late = (scoring.predictions(bundle(world, BOOSTED, horizon), posts) for horizon in (3.0, 300.0))
    assert (early < late).all()
    assert (late - early).mean() == pytest.approx(PER_DOUBLING * np.log2(300 / 3), rel=0.2)


def test_at_its_own_age_a_post_is_predicted_better_than_at_the_horizon(world, scoring, posts) -> None:
    one = bundle(world, BOOSTED, HORIZON)
    read = scoring.evidence(one, posts)
    ages = world.ages().loc[posts["pid"]].to_numpy()
    at_own, at_horizon = (
        (scoring.scores(one, evidence)["prediction"] - posts["label"]).abs().mean()
        for evidence in (of_age(read, ages), read)
    )
    assert at_own < 0.8 * at_horizon
