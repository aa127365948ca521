import numpy as np
import pandas as pd
import pytest

from popularity.dataset.table import Population
from popularity.errors import UserError
from popularity.files import read_json
from popularity.models.fusion import ImageFeature, Multimodal
from popularity.settings import Cnn as Settings

POPULATION = Population(
    name="posts_with_photo",
    pid=np.array([1, 2, 3, 4, 5]),
    uid=np.zeros(5, np.int64),
    split=np.array(["train"] * 4 + ["test"]),
    fold=np.array([0, 0, 1, 1, -1]),
    label=np.array([1.0, 2, 3, 4, np.nan]),
    features=np.ones((5, 14)),
    feature_names=tuple("abcdefghijklmn"),
    label_fitted={0: {"b": np.full(5, 7.0)}, 1: {"b": np.full(5, 8.0)}},
)


def predictions(pids, values):
    return pd.DataFrame({"population": "posts_with_photo", "pid": pids, "prediction": values})


NONE = pd.DataFrame({"population": [], "pid": [], "fold": [], "prediction": []})


def feature(image, without=NONE, fold=None):
    return ImageFeature.of(POPULATION, image, without).beside_features(fold)[:, 14]


def test_the_15th_feature_is_the_scaled_prediction_of_the_same_post():
    image = predictions([5, 4, 3, 2, 1], [9.0, 4, 2, 3, 1])
    assert ImageFeature.of(POPULATION, image, NONE).scale() == (2.5, np.sqrt(1.25))
    np.testing.assert_allclose(feature(image), [-1, 1, -1, 1, 6.5 / np.sqrt(1.25)])


def test_scored_on_a_fold_the_other_rows_take_predictions_that_never_saw_it():
    image = predictions([1, 2, 3, 4, 5], [1.0, 3, 2, 4, 9])
    without = predictions([3, 4], [8.0, 6]).assign(fold=0)
    np.testing.assert_allclose(feature(image, without, fold=0)[:4], [-1, 1, 1, -1])


def test_the_15th_is_zero_where_no_model_could_leave_out_two_folds():
    np.testing.assert_array_equal(feature(predictions([1, 2, 3, 4, 5], [1.0, 3, 2, 4, 9]), fold=0), np.zeros(5))


def test_the_15th_stands_beside_the_14_as_they_are_without_the_fold():
    image = predictions([1, 2, 3, 4, 5], [1.0, 3, 2, 4, 9])
    fused = ImageFeature.of(POPULATION, image, NONE).beside_features(1)
    assert fused.shape == (5, 15)
    np.testing.assert_array_equal(fused[:, 1], np.full(5, 8.0))


def test_without_a_fold_to_leave_out_the_14_features_stay_as_they_are():
    fused = ImageFeature.of(POPULATION, predictions([], []), NONE).beside_features(None)
    np.testing.assert_array_equal(fused[:, :14], POPULATION.features)


def test_without_an_image_model_the_15th_feature_is_zero():
    np.testing.assert_array_equal(feature(predictions([], [])), np.zeros(5))


def test_a_post_without_a_prediction_among_posts_with_one_is_an_error_with_its_pid():
    with pytest.raises(UserError, match="pid 3"):
        feature(predictions([1, 2, 4, 5], [1.0, 2, 4, 5]))


def test_the_scale_of_the_15th_feature_is_saved_with_the_model(tmp_path):
    settings = Settings(
        kernel=3, padding="same", flatten=True, optimizer="adam", learning_rate=0.01, batch_size=4, epochs=1
    )
    model = Multimodal(settings, 1, mean=2.5, deviation=0.5)
    model.fit(np.ones((5, 15)), np.arange(5.0))
    model.save(tmp_path)
    assert read_json(tmp_path / "image_prediction.json") == {"mean": 2.5, "deviation": 0.5}
