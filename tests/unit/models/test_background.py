"""The paper's models tell why: factors that lead from what they predict in the mean to what they predict of a post."""

from functools import cache

import numpy as np
import pytest

from kit.dataset_rows import dataset_rows
from popularity.dataset.table import Dataset
from popularity.models.background import FILE, ROWS, Background
from popularity.models.cnn import Cnn
from popularity.models.evidence import Lesson, evidence_of
from popularity.models.forest import Forest
from popularity.models.fusion import Multimodal
from popularity.models.image_head import ImageHead
from popularity.models.on_evidence import OnFeatures, OnRows, embeddings
from popularity.models.parts import IMAGE, Parts, TellsReasons
from popularity.models.scorers import CnnScorer, ForestScorer, HeadScorer, MultimodalScorer
from popularity.registry.explained import factors
from popularity.settings import load_settings
from popularity.sources.labels import count_from_label

SETTINGS = load_settings()
POSTS = 80
PART = np.arange(POSTS) % 3
RANDOM = np.random.default_rng(4)
PHOTOS = RANDOM.normal(size=(POSTS, 8)).astype(np.float16)
EVERYONE = Dataset(dataset_rows(np.arange(POSTS), PART, np.ones(POSTS, dtype=bool)))
EVIDENCE = evidence_of(EVERYONE, PHOTOS)
LABEL = EVERYONE.of("posts_with_photo").label + PHOTOS[:, 0]
LESSON = Lesson(EVIDENCE, LABEL, PART, np.ones(POSTS, dtype=bool))
SOME = EVIDENCE.of(np.arange(POSTS) < 5)


def short(options):
    return options.model_copy(update={"epochs": 2})


def image():
    return OnRows(ImageHead(short(SETTINGS.train_image.head), 1), embeddings)


MODELS = {
    "rf": (
        lambda: OnFeatures(Forest(SETTINGS.train_rf.model_copy(update={"trees": 10}), 1), SETTINGS.dataset),
        ForestScorer,
    ),
    "cnn": (lambda: OnFeatures(Cnn(short(SETTINGS.train_cnn), 1), SETTINGS.dataset), CnnScorer),
    "image": (image, HeadScorer),
    "multimodal": (lambda: Multimodal(Cnn(short(SETTINGS.fuse), 1), SETTINGS.dataset, image), MultimodalScorer),
}


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    """Where a fitted model of that name was saved; each is fitted once."""

    @cache
    def folder_of(name):
        folder = tmp_path_factory.mktemp(name)
        model = MODELS[name][0]()
        model.fit(LESSON)
        model.save(folder)
        return folder

    return folder_of


@pytest.fixture(params=MODELS)
def saved(request, folder_of):
    """A model of each kind: its name, folder and what opens it."""
    return request.param, folder_of(request.param), MODELS[request.param][1]


def test_factors_multiply_to_the_predicted_count_over_that_of_the_mean_prediction(saved):
    _, folder, scorer = saved
    opened = scorer.load(Parts(folder, folder))
    assert isinstance(opened, TellsReasons)
    found, predicted = opened.reasons(SOME), opened.predict(SOME)
    np.testing.assert_allclose(found.average + found.worth.sum(axis=1), predicted, rtol=1e-9)
    counts = count_from_label("log2_views", np.array([*predicted, found.average])) + 1
    products = [factors(worth).prod() for _, worth in found.worth.iterrows()]
    np.testing.assert_allclose(products, counts[:-1] / counts[-1], rtol=1e-9)


def test_they_are_about_what_the_model_reads(saved):
    name, folder, scorer = saved
    subjects = set(scorer.load(Parts(folder, folder)).reasons(SOME).worth)
    words = {"user", "time", "tags", "title", "description", "photo"}
    assert subjects == ({"photo"} if name == "image" else words)


def test_a_post_is_explained_the_same_alone(saved):
    _, folder, scorer = saved
    opened = scorer.load(Parts(folder, folder))
    alone = opened.reasons(SOME.of(np.arange(5) == 3)).worth
    whole = opened.reasons(SOME).worth[alone.columns]
    np.testing.assert_array_equal(alone.to_numpy()[0], whole.to_numpy()[3])


def test_the_mean_is_that_of_a_few_posts_that_were_learned_from(saved):
    _, folder, scorer = saved
    kept = Background.load(folder)
    assert len(set(kept.pid)) == len(kept.rows) == ROWS
    assert set(kept.pid) <= set(EVIDENCE.posts["pid"])
    opened = scorer.load(Parts(folder, folder))
    assert abs(opened.reasons(SOME).average - opened.predict(EVIDENCE).mean()) < 0.5


def test_a_model_of_before_tells_none(saved):
    _, folder, scorer = saved
    kept = (folder / FILE).read_bytes()
    (folder / FILE).unlink()
    try:
        assert scorer.load(Parts(folder, folder)).reasons(SOME) is None
    finally:
        (folder / FILE).write_bytes(kept)


def test_two_saves_write_the_same_bytes(saved, tmp_path):
    _, folder, _ = saved
    Background.load(folder).save(tmp_path)
    assert (tmp_path / FILE).read_bytes() == (folder / FILE).read_bytes()


def test_a_model_whose_posts_all_were_forgotten_tells_none(tmp_path):
    Background(np.empty(0, np.int64), np.empty((0, 3))).save(tmp_path)
    assert Background.load(tmp_path) is None


@pytest.mark.parametrize("n", [1, 3, 49])
def test_of_few_posts_each_is_kept_once(n):
    kept = Background.of(EVIDENCE.of(np.arange(POSTS) < n), np.arange(n)[:, None])
    assert kept.pid.tolist() == kept.rows[:, 0].tolist() == list(range(n))


def test_the_photo_is_what_the_image_model_of_its_own_says_of_it(folder_of):
    folder = folder_of("multimodal")
    assert (folder / IMAGE / FILE).exists()
    opened = MultimodalScorer.load(Parts(folder, folder))
    one = SOME.of(np.arange(5) == 0)
    before = opened.reasons(one).worth.iloc[0]
    one.embeddings[:] = -one.embeddings
    after = opened.reasons(one).worth.iloc[0]
    assert before["photo"] != after["photo"]
    changed = opened.predict(one)[0] - opened.predict(SOME)[0]
    assert (after - before).sum() == pytest.approx(changed, abs=1e-9)
