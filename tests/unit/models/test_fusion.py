import numpy as np
import pytest

from kit.dataset_rows import dataset_rows
from popularity.dataset.features import FeatureMaker
from popularity.dataset.table import Dataset
from popularity.files import read_json
from popularity.models.evidence import Lesson, evidence_of
from popularity.models.fusion import SCALE, Multimodal
from popularity.models.on_evidence import FEATURES
from popularity.models.parts import IMAGE
from popularity.settings import load_settings

PART = np.arange(24) % 3
EVERYONE = Dataset(dataset_rows(np.arange(24), PART, np.ones(24, dtype=bool)))
POPULATION, EVIDENCE = EVERYONE.of("posts_with_photo"), evidence_of(EVERYONE)


def lesson(part=PART):
    return Lesson(EVIDENCE, POPULATION.label, part, np.ones(24, dtype=bool))


class Cnn:
    """Remembers what it was shown."""

    def fit(self, X, y):
        self.X = X

    def predict(self, X):
        return X[:, -1]

    def save(self, folder):
        (folder / "cnn").touch()


class Image:
    """Predicts the sum of the labels it saw, and a number of the post's own."""

    def fit(self, lesson):
        self.total = lesson.label.sum()

    def predict(self, evidence):
        return self.total + evidence.posts["pid"].to_numpy(np.float64)

    def save(self, folder):
        (folder / "image").touch()


@pytest.fixture
def model():
    found = Multimodal(Cnn(), load_settings().dataset, Image)
    found.fit(lesson())
    return found


def test_the_last_feature_of_a_training_post_is_by_an_image_model_of_the_other_parts(model):
    pid = np.arange(24)
    for part in range(3):
        inside = part == PART
        scaled = (pid[inside] - pid[inside].mean()) / pid[inside].std()
        np.testing.assert_allclose(model._cnn.X[inside, -1], scaled)


def test_the_last_feature_of_a_later_post_is_by_the_image_model_of_all_on_the_scale_of_the_others(model):
    total = POPULATION.label.sum()
    shown = np.array([total - POPULATION.label[part == PART].sum() for part in PART]) + np.arange(24)
    expected = (total + np.arange(24) - shown.mean()) / shown.std()
    np.testing.assert_allclose(model.predict(EVIDENCE), expected)


def test_the_others_are_the_features_cross_fitted(model):
    _, X = FeatureMaker.fit_transform(EVIDENCE.posts, POPULATION.label, PART, load_settings().dataset)
    np.testing.assert_array_equal(model._cnn.X[:, :-1], X)


def test_without_a_second_part_the_last_feature_is_zero():
    found = Multimodal(Cnn(), load_settings().dataset, Image)
    found.fit(lesson(np.zeros(24, dtype=np.int64)))
    assert not found._cnn.X[:, -1].any()


def test_all_that_it_is_made_of_is_saved_with_it(model, tmp_path):
    model.save(tmp_path)
    assert FeatureMaker.load(tmp_path / FEATURES).names == load_settings().dataset.features
    assert (tmp_path / IMAGE / "image").exists()
    assert (tmp_path / "cnn").exists()
    assert set(read_json(tmp_path / SCALE)) == {"mean", "deviation"}
