"""No training row's own label reaches its features or its prediction; a test row's features are its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kit.users_posts import users_posts
from popularity.dataset.features import FeatureMaker
from popularity.dataset.protocols import FORWARD, NEW_USERS, PAPER, cuts
from popularity.dataset.table import Dataset
from popularity.models.baselines import MeanOfUser
from popularity.models.boosted import Boosted
from popularity.models.evidence import Lesson, evidence_of
from popularity.models.on_evidence import OnFeatures
from popularity.models.out_of_fold import fit_out_of_fold
from popularity.models.trees import Trees
from popularity.settings import load_settings

N = 300


@pytest.fixture(scope="module")
def options():
    return load_settings().dataset


@pytest.fixture(scope="module")
def world():
    """posts, label, fold, train: every column filled, copies of nothing."""
    rng = np.random.default_rng(11)
    raw = ("commentcount", "haspeople", "titlelen", "deslen", "tagcount", "avgview", "groupcount")
    posts = pd.DataFrame({name: rng.poisson(20, N).astype(float) for name in (*raw, "avgmembercount")})
    posts["pid"] = np.arange(1, N + 1)
    posts["uid"] = rng.integers(1, 20, N)
    posts["postdate"] = rng.integers(10**9, 2 * 10**9, N)
    posts["sentiment"] = rng.uniform(0, 4, N)
    for name in ("tags", "title"):
        posts[name] = [[f"w{i}" for i in rng.choice(15, rng.integers(0, 6), replace=False)] for _ in range(N)]
    fold = rng.integers(-1, 5, N)
    return posts, np.where(fold >= 0, rng.normal(6, 2, N), np.nan), fold, fold >= 0


def with_one_label_changed(label, row):
    changed = label.copy()
    changed[row] += 3.21
    return changed


def fitted(posts, label, fold, rows, options):
    """The maker of some rows, and their features."""
    return FeatureMaker.fit_transform(posts[rows], label[rows], fold[rows], options)


def dataset_of(posts, label, fold, train):
    split = np.where(train, "train", "test")
    return Dataset(posts.assign(label=label, fold=fold, split=split, batch="b", group=-1, has_photo=True))


def test_features_of_a_training_row_ignore_its_own_label(world, options):
    posts, label, fold, train = world
    before = fitted(posts, label, fold, train, options)[1]
    for row in np.flatnonzero(train)[:25]:
        after = fitted(posts, with_one_label_changed(label, row), fold, train, options)[1]
        own = np.flatnonzero(train) == row
        assert (after[own] == before[own]).all()
        assert (after != before).any()


class Told:
    """An estimator that remembers what it was shown."""

    def fit(self, X, y):
        self.X = X

    def predict(self, X):
        return X.sum(axis=1)


def test_what_a_model_sees_without_a_fold_ignores_all_its_labels(world, options):
    posts, label, fold, train = world

    def seen(labels):
        models = []

        def make():
            models.append(OnFeatures(Told(), options))
            return models[-1]

        dataset = dataset_of(posts, labels, fold, train)
        return models, fit_out_of_fold(dataset.of("all_posts"), evidence_of(dataset), make, name="told").prediction

    (before, scored), (after, scored_after) = seen(label), seen(np.where(fold == 2, -label, label))
    assert (after[2].estimator.X == before[2].estimator.X).all()
    assert (scored_after[fold == 2] == scored[fold == 2]).all()
    assert (after[1].estimator.X != before[1].estimator.X).any()
    assert (scored_after[fold == 1] != scored[fold == 1]).any()


def test_user_mean_of_a_training_row_ignores_its_own_label(world):
    posts, label, fold, train = world

    def user_means(labels):
        dataset = dataset_of(posts, labels, fold, train)
        return fit_out_of_fold(dataset.of("all_posts"), evidence_of(dataset), MeanOfUser, name="user").prediction

    before = user_means(label)
    for row in np.flatnonzero(train)[:5]:
        after = user_means(with_one_label_changed(label, row))
        assert after[row] == before[row]
        assert (after != before).any()


def test_features_of_a_test_row_are_the_same_alone_as_among_all(world, options):
    posts, label, fold, train = world
    maker, _ = fitted(posts, label, fold, train, options)
    among_all = maker.transform(posts)
    for row in np.flatnonzero(~train):
        assert (maker.transform(posts.iloc[[row]])[0] == among_all[row]).all()


def lesson_under(protocol, population, waits_days, settings):
    """What the last fit of a protocol learns from: posts of 8 users, two thirds of them with a photo."""
    posts = users_posts(users=8, each=15, ages=True)
    n = len(posts)
    dataset = Dataset(
        posts.assign(
            batch="b", split="train", group=posts["pid"], fold=np.arange(n) % 3, has_photo=np.arange(n) % 3 > 0,
            photo_shape=np.arange(n) % 2 - 0.5, age_days=posts["age_days"].fillna(90.0),
        )
    )  # fmt: skip
    of = dataset.of(population)
    cut = cuts(protocol, of, settings.protocols, waits_days=waits_days)[-1]
    embeddings = np.random.default_rng(5).normal(size=(int(dataset.frame["has_photo"].sum()), 16)).astype(np.float16)
    everyone = Lesson(evidence_of(dataset, embeddings), posts["label"].to_numpy(), cut.part, of.member)
    return everyone.of(cut.train)


@pytest.mark.parametrize(
    ("population", "protocol", "waits_days"),
    [
        ("posts_with_photo", PAPER, None),
        ("posts_with_photo", NEW_USERS, None),
        ("posts_with_photo", FORWARD, 30.0),
        ("all_posts", NEW_USERS, None),
        ("all_posts", FORWARD, 30.0),
        ("all_posts", FORWARD, 400.0),
    ],
)
def test_what_boosted_learns_a_row_by_ignores_its_own_label(population, protocol, waits_days, monkeypatch):
    settings, shown = load_settings(), []
    lesson = lesson_under(protocol, population, waits_days, settings)
    fit = Trees.fit

    def told(X, y, options, seed):
        shown.append((X, y))
        return fit(X[:2], y[:2], options.model_copy(update={"trees": 1}), seed)

    monkeypatch.setattr(Trees, "fit", told)

    def learned_by(label):
        photos = population == "posts_with_photo"
        model = Boosted(settings.train_boosted, settings.dataset, 1, photos=photos, waits_days=waits_days)
        model.fit(replace(lesson, label=label))
        return shown[-1]

    (before, target), members = learned_by(lesson.label), np.flatnonzero(lesson.member)
    assert len(before) == settings.train_boosted.repeats * len(members)
    for place in range(0, len(members), 9):
        after, changed = learned_by(with_one_label_changed(lesson.label, members[place]))
        own = np.arange(len(before)) % len(members) == place
        np.testing.assert_array_equal(after[own], before[own])
        np.testing.assert_allclose(changed[own] - target[own], 3.21)
        assert (after[~own] != before[~own]).any()
