import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kit.grey_photos import write_photos
from kit.stored_photos import write_shard
from popularity.errors import UserError
from popularity.files import read_json
from popularity.images.backbones import BACKBONES, load
from popularity.images.preprocessing import Preprocessing
from popularity.images.stream import Photos
from popularity.models.checkpoint import read_checkpoint
from popularity.models.finetuned import FineTuned, FineTuner
from popularity.settings import Finetune

SIDE = 32
SETTINGS = Finetune(
    trainable="all", last_n=None, side=SIDE, optimizer="adam", learning_rate=0.003, batch_size=8, epochs=3
)
PIDS = np.arange(0, 160, 4)
LABELS = 5 + PIDS / 40 + np.random.default_rng(1).normal(size=len(PIDS)) / 10
X = PIDS[:, None]


def small_backbone():
    """Four convolutions, each with batch norm, pooled: random weights, the same each time."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    x = photo = layers.Input((SIDE, SIDE, 3))
    for number in range(4):
        x = layers.Conv2D(6, 3, 2, padding="same", use_bias=False, name=f"conv_{number}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}")(x)
        x = layers.ReLU()(x)
    return keras.Model(photo, layers.GlobalAveragePooling2D()(x))


def photos_of(folder):
    return Photos([folder], SIDE, Preprocessing((0, 1, 2), (100, 100, 100), (50, 50, 50)), seed=7)


def model_of(folder, checkpoints, **changed):
    tuner = FineTuner(small_backbone, SETTINGS.model_copy(update=changed), seed=7)
    return FineTuned(tuner, photos_of(folder), checkpoints)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("photos"), PIDS.tolist(), per_shard=7)


@pytest.fixture(scope="module")
def fitted(folder, tmp_path_factory):
    model = model_of(folder, tmp_path_factory.mktemp("checkpoints"))
    model.fit(X, LABELS)
    return model


def saved(model, folder):
    folder.mkdir(parents=True)
    model.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# what is trained

CONVOLUTIONS, NORMS = [f"conv_{n}" for n in range(4)], [f"norm_{n}" for n in range(4)]


@pytest.mark.parametrize(
    ("changed", "trained"),
    [
        ({"trainable": "none"}, set()),
        ({"trainable": "first_6"}, {*CONVOLUTIONS[:3], *NORMS[:3]}),
        ({"trainable": "last_n", "last_n": 3}, {"norm_2", "conv_3", "norm_3"}),
        ({"trainable": "all"}, {*CONVOLUTIONS, *NORMS}),
    ],
)
def test_layers_that_are_trainable_move_with_their_statistics_and_no_others(folder, tmp_path, changed, trained):
    model = model_of(folder, tmp_path, epochs=1, **changed)
    network = model._tuner.network
    before = {layer.name: layer.get_weights() for layer in network.layers if layer.weights}
    model.fit(X, LABELS)
    assert len(before) == 4 + 4 + 2
    for name, values in before.items():
        after = network.get_layer(name).get_weights()
        moved = [bool((old != new).any()) for old, new in zip(values, after, strict=True)]
        assert moved == [name in trained or name in ("dense_512", "label")] * len(values), name


@pytest.mark.long
def test_the_papers_six_layers_are_what_lies_before_the_first_pooling_of_inception_resnet_v2(folder, tmp_path):
    def backbone():
        return load(BACKBONES["inception_resnet_v2"], None, 75)

    tuner = FineTuner(backbone, SETTINGS.model_copy(update={"trainable": "first_6", "epochs": 1}), seed=7)
    photos = Photos([folder], 75, BACKBONES["inception_resnet_v2"].preprocessing, seed=7)
    before = {layer.name: layer.get_weights() for layer in tuner.network.layers if layer.weights}
    FineTuned(tuner, photos, tmp_path).fit(X, LABELS)
    moved = {}
    for name, values in before.items():
        after = tuner.network.get_layer(name).get_weights()
        moved[name] = [bool((old != new).any()) for old, new in zip(values, after, strict=True)]
    names = [layer.name for layer in tuner.network.layers]
    before_pooling = [name for name in names[: names.index("max_pooling2d")] if name in moved]
    assert before_pooling == [f"{kind}{n}" for n in ("", "_1", "_2") for kind in ("conv2d", "batch_normalization")]
    trained = [*before_pooling, "dense_512", "label"]
    assert [name for name, each in moved.items() if any(each)] == trained
    assert all(all(moved[name]) for name in trained)


def test_a_frozen_batch_norm_normalises_by_its_own_statistics_while_others_train(folder, tmp_path):
    import keras

    network = model_of(folder, tmp_path, trainable="first_6")._tuner.network
    x = np.random.default_rng(0).normal(3, 2, (8, 4, 4, 6)).astype(np.float32)
    frozen, trained = network.get_layer("norm_3"), network.get_layer("norm_2")
    assert abs(float(keras.ops.mean(frozen(x, training=True)))) > 2
    assert abs(float(keras.ops.mean(trained(x, training=True)))) < 1e-3


def test_the_head_is_as_the_paper_prints_it(fitted):
    head = fitted._tuner.network.layers[-3:]
    assert [type(layer).__name__ for layer in head] == ["GlobalAveragePooling2D", "Dense", "Dense"]
    assert [(layer.units, layer.activation.__name__) for layer in head[1:]] == [(512, "relu"), (1, "linear")]


def test_more_last_layers_than_there_are_is_an_error(folder, tmp_path):
    with pytest.raises(UserError, match="last_n is 9, and the backbone has 8 layers"):
        model_of(folder, tmp_path, trainable="last_n", last_n=9).fit(X, LABELS)


# predictions


@pytest.mark.slow
def test_predictions_are_in_the_unit_of_the_label_and_follow_it(folder, tmp_path):
    model = model_of(folder, tmp_path, epochs=15)
    model.fit(X, LABELS)
    predicted = model.predict(X)
    assert np.corrcoef(predicted, LABELS)[0, 1] > 0.9
    assert np.abs(predicted - LABELS).mean() < 0.6


@pytest.mark.slow
def test_a_photo_is_predicted_the_same_alone_and_among_others(fitted):
    together = fitted.predict(X)
    alone = np.concatenate([fitted.predict(X[row : row + 1]) for row in range(len(X))])
    np.testing.assert_array_equal(alone, together)
    np.testing.assert_array_equal(fitted.predict(X[::-1]), together[::-1])


def test_no_posts_give_no_predictions(fitted):
    assert fitted.predict(X[:0]).shape == (0,)


def test_another_fit_of_the_same_network_leaves_a_fitted_model_as_it_was(folder, tmp_path):
    tuner = FineTuner(small_backbone, SETTINGS, seed=7)
    one, other = (FineTuned(tuner, photos_of(folder), tmp_path) for _ in range(2))
    one.fit(X, LABELS)
    before = one.predict(X)
    other.fit(X, -LABELS)
    other.predict(X)
    np.testing.assert_array_equal(one.predict(X), before)


@pytest.mark.slow
def test_labels_that_are_all_equal_are_predicted_without_a_division_by_zero(folder, tmp_path):
    model = model_of(folder, tmp_path, epochs=1)
    model.fit(X, np.full(len(X), 4.0))
    np.testing.assert_allclose(model.predict(X), 4.0, atol=0.5)


def test_a_photo_that_does_not_decode_stops_the_fit_with_its_pid(tmp_path):
    write_photos(tmp_path / "photos", PIDS.tolist(), per_shard=40)
    write_shard(tmp_path / "photos", 1, {777: b"<html>"})
    model = model_of(tmp_path / "photos", tmp_path / "checkpoints")
    with pytest.raises(UserError, match="pid 777 does not decode"):
        model.fit(np.append(PIDS, 777)[:, None], np.append(LABELS, 5.0))


# saving


def test_saving_writes_layers_weights_and_the_labels_scale(fitted, tmp_path):
    import keras

    assert set(saved(fitted, tmp_path / "saved")) == {"network.json", "network.weights.h5", "label.json"}
    network = keras.models.model_from_json((tmp_path / "saved/network.json").read_text())
    network.load_weights(tmp_path / "saved/network.weights.h5")
    scale = read_json(tmp_path / "saved/label.json")
    first = fitted._photos.stored(PIDS[:1])
    outputs = network.predict(first.read(0), verbose=0)[:, 0].astype(np.float64)
    np.testing.assert_array_equal(outputs * scale["deviation"] + scale["mean"], fitted.predict(X[:1]))


def test_a_second_fit_saves_the_same_bytes_whatever_was_built_before(fitted, folder, tmp_path):
    again = model_of(folder, tmp_path)
    again.fit(X, LABELS)
    assert saved(again, tmp_path / "again") == saved(fitted, tmp_path / "first")


@pytest.mark.slow
@pytest.mark.parametrize("change", ["seed", "label", "photo"])
def test_another_seed_label_or_set_of_photos_is_another_fit(fitted, folder, tmp_path, change):
    seed = 8 if change == "seed" else 7
    model = FineTuned(FineTuner(small_backbone, SETTINGS, seed), photos_of(folder), tmp_path)
    rows = slice(1, None) if change == "photo" else slice(None)
    model.fit(X[rows], LABELS[rows] + (np.arange(len(X)) == 0)[rows] * (change == "label"))
    assert (model.predict(X) != fitted.predict(X)).any()
    assert {path.name for path in tmp_path.iterdir()}.isdisjoint(path.name for path in fitted._checkpoints.iterdir())


# checkpoints


def test_a_fit_that_ended_leaves_one_file_without_moments_and_is_not_trained_again(folder, tmp_path, monkeypatch):
    model = model_of(folder, tmp_path)
    model.fit(X, LABELS)
    [file] = tmp_path.iterdir()
    epoch, state = read_checkpoint(file)
    assert (epoch, set(state)) == (3, {"moved", "losses"})
    again = model_of(folder, tmp_path)
    monkeypatch.setattr(again._photos, "shuffled", None)
    again.fit(X, LABELS)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.losses == model.losses
    assert len(model.losses) == 3


@pytest.mark.slow
def test_a_damaged_checkpoint_costs_the_training_and_no_more(fitted, folder, tmp_path, capsys):
    [file] = fitted._checkpoints.iterdir()
    (tmp_path / file.name).write_bytes(file.read_bytes()[:1000])
    model = model_of(folder, tmp_path)
    model.fit(X, LABELS)
    assert "is no whole checkpoint" in capsys.readouterr().out
    np.testing.assert_array_equal(model.predict(X), fitted.predict(X))


FIT = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from test_finetuned import LABELS, X, model_of
model = model_of(Path(sys.argv[1]), Path(sys.argv[2]) / "checkpoints", epochs=12)
model.fit(X, LABELS)
(Path(sys.argv[2]) / "saved").mkdir()
model.save(Path(sys.argv[2]) / "saved")
"""
TESTS = Path(__file__).parents[2]


def fit_in_a_process(photos, out, **environment):
    places = [str(place) for place in (photos, out, Path(__file__).parent, TESTS, TESTS.parent)]
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", FIT, *places], env=os.environ | environment)


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.long
def test_a_fit_that_is_killed_goes_on_after_its_last_epoch_and_ends_in_the_same_bytes(folder, tmp_path):
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert fit_in_a_process(folder, undisturbed).wait() == 0
    epochs = []
    for kill_after in (2, 6):
        process = fit_in_a_process(folder, killed)
        while process.poll() is None and not (epochs and epochs[-1] >= kill_after):
            files = list((killed / "checkpoints").glob("*.npz"))
            epochs += [read_checkpoint(file)[0] for file in files]
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert 2 <= epochs[-1] < 12
    assert fit_in_a_process(folder, killed).wait() == 0
    assert bytes_of(killed / "saved") == bytes_of(undisturbed / "saved")


@pytest.mark.slow
def test_it_trains_on_the_torch_backend(folder, tmp_path, fitted):
    assert fit_in_a_process(folder, tmp_path, KERAS_BACKEND="torch").wait() == 0
    assert set(bytes_of(tmp_path / "saved")) == {"network.json", "network.weights.h5", "label.json"}
