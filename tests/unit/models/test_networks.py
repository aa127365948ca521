import subprocess
import sys

import numpy as np
import pytest

from popularity.models.cnn import Cnn
from popularity.models.image_head import ImageHead
from popularity.models.networks import Trained
from popularity.settings import Cnn as CnnSettings
from popularity.settings import ImageHead as HeadSettings

CNN = CnnSettings(kernel=3, padding="same", flatten=True, optimizer="adam", learning_rate=0.01, batch_size=32, epochs=3,
                  few_rows=20000)  # fmt: skip
HEAD = HeadSettings(optimizer="adam", learning_rate=0.001, weight_decay=0.01, dropout=0.3, batch_size=32, epochs=3)
KINDS = {"cnn": lambda seed=7: Cnn(CNN, seed), "image_head": lambda seed=7: ImageHead(HEAD, seed)}

RNG = np.random.default_rng(5)
X = RNG.normal(size=(300, 14))
Y = 6 + 2 * X[:, 3] + RNG.normal(size=300)


@pytest.fixture(scope="module", params=sorted(KINDS))
def kind(request):
    return KINDS[request.param]


@pytest.fixture(scope="module")
def fitted(kind):
    model = kind()
    model.fit(X, Y)
    return model


def test_predictions_are_in_the_unit_of_the_label(fitted):
    predicted = fitted.predict(X)
    assert abs(predicted.mean() - Y.mean()) < 0.7
    assert np.corrcoef(predicted, Y)[0, 1] > 0.5


def test_a_row_is_predicted_the_same_alone_and_among_others(fitted):
    together = fitted.predict(X)
    alone = np.concatenate([fitted.predict(X[row : row + 1]) for row in range(0, 300, 37)])
    np.testing.assert_array_equal(alone, together[::37])


@pytest.mark.parametrize("places", [1, 7, 130])
def test_a_rows_place_among_the_others_changes_no_bit(fitted, places):
    moved = fitted.predict(np.roll(X, places, axis=0))
    np.testing.assert_array_equal(np.roll(moved, -places), fitted.predict(X))


def test_the_loss_of_each_epoch_is_kept_in_the_labels_variance(fitted):
    """So a network that says the mean has 1, whatever the unit."""
    assert len(fitted.losses) == 3
    assert 2 > fitted.losses[0] > fitted.losses[1] > fitted.losses[2] > 0


def test_no_rows_give_no_predictions(fitted):
    assert fitted.predict(X[:0]).shape == (0,)


def test_a_second_fit_gives_the_same_predictions_to_the_last_bit(kind, fitted):
    other = kind(seed=8)
    other.fit(X, Y + 1)  # whatever ran before in the same process
    again = kind()
    again.fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))


def test_another_fit_leaves_a_fitted_model_as_it_was(kind, fitted):
    before = fitted.predict(X)
    other = kind()
    other.fit(X, -Y)
    other.predict(X)
    np.testing.assert_array_equal(fitted.predict(X), before)


def test_another_seed_gives_another_model(kind, fitted):
    other = kind(seed=8)
    other.fit(X, Y)
    assert np.abs(other.predict(X) - fitted.predict(X)).max() > 1e-3


def test_labels_that_are_all_equal_are_predicted_without_a_division_by_zero(kind):
    model = kind()
    model.fit(X, np.full(300, 4.0))
    np.testing.assert_allclose(model.predict(X), 4.0, atol=0.5)


def test_saving_twice_writes_the_same_bytes(fitted, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        fitted.save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["network.json", "network.weights.h5", "scales.json"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_loaded_model_predicts_the_same(fitted, tmp_path):
    fitted.save(tmp_path)
    np.testing.assert_array_equal(Trained.load(tmp_path).predict(X), fitted.predict(X))


def test_the_head_is_trained_at_one_rate():
    assert [ImageHead(HEAD, 7).learning_rate(epoch, HEAD) for epoch in range(3)] == [HEAD.learning_rate] * 3


class LearnsInTheFirstEpoch(Cnn):
    def learning_rate(self, epoch, training):
        return 0.01 if epoch == 0 else 0.0


def test_each_epoch_is_trained_at_its_learning_rate():
    three, one = LearnsInTheFirstEpoch(CNN, 7), Cnn(CNN.model_copy(update={"epochs": 1}), 7)
    for model in (three, one):
        model.fit(X, Y)
    np.testing.assert_array_equal(three.predict(X), one.predict(X))


FRESH = """
import sys
from pathlib import Path
import numpy as np
from popularity.models.cnn import Cnn
from popularity.models.networks import Trained
from popularity.settings import Cnn as Settings

folder = Path(sys.argv[1])
X, y = np.load(folder / "X.npy"), np.load(folder / "y.npy")
np.save(folder / "loaded.npy", Trained.load(folder).predict(X))
model = Cnn(Settings.model_validate_json(sys.argv[2]), 7)
model.fit(X, y)
(folder / "again").mkdir()
model.save(folder / "again")
"""


@pytest.fixture(scope="module")
def fresh_process(tmp_path_factory):
    """A folder with a saved CNN, what a fresh process predicted with it, and what that one fitted and saved."""
    folder = tmp_path_factory.mktemp("fresh")
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", Y)
    model = Cnn(CNN, 7)
    model.fit(X, Y)
    model.save(folder)
    subprocess.run([sys.executable, "-c", FRESH, str(folder), CNN.model_dump_json()], check=True)
    return folder, model


@pytest.mark.slow
def test_a_fresh_process_predicts_the_same_with_a_saved_model(fresh_process):
    folder, model = fresh_process
    np.testing.assert_array_equal(np.load(folder / "loaded.npy"), model.predict(X))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["network.json", "network.weights.h5", "scales.json"])
def test_a_fresh_process_fits_and_saves_the_same_bytes(fresh_process, name):
    folder, _ = fresh_process
    assert (folder / "again" / name).read_bytes() == (folder / name).read_bytes()
