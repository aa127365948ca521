"""What benchmarks.bound counts, and what the benchmark makes of it."""

from typing import Any

import keras
import pytest

from benchmarks.bound import multiply_adds
from benchmarks.embedding import KERAS_BATCHES, predictions, refuse_impossible
from kit.stored_photos import put_small_backbone
from popularity.images.backbones import BACKBONES


def network(layer: Any) -> keras.Model:
    photo = keras.layers.Input((8, 8, 3))
    return keras.Model(photo, layer(photo))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (keras.layers.Conv2D(5, 3, 2, padding="same"), 4 * 4 * 3 * 3 * 3 * 5),
        (keras.layers.DepthwiseConv2D(3), 6 * 6 * 3 * 3 * 3),
        (keras.layers.SeparableConv2D(5, 3), 6 * 6 * (3 * 3 * 3 + 3 * 5)),
        (keras.layers.BatchNormalization(), 0),
    ],
)
def test_multiply_adds_of_a_layer(layer: Any, expected: int) -> None:
    assert multiply_adds(network(layer)) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "published"),
    [
        ("inception_v3", 5.72e9),  # this and the next two: Zoph et al., 2018, Table 2
        ("xception", 8.38e9),
        ("inception_resnet_v2", 13.2e9),
        (
            "efficientnet_lite0",
            0.39e9,
        ),  # of EfficientNet-B0, which it is but for the squeezes: Tan and Le, 2019, Table 2
    ],
)
def test_multiply_adds_are_those_that_were_published(backbone: str, published: float) -> None:
    found = BACKBONES[backbone]
    assert multiply_adds(found.build(found.input_px)) == pytest.approx(published, rel=0.02)


def test_plain_keras_gets_all_photos_in_one_call_for_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    put_small_backbone(monkeypatch.setitem)
    calls, predict = [], keras.Model.predict

    def counted(self: keras.Model, photos: Any, **options: Any) -> Any:
        calls.append((len(photos), options["batch_size"]))
        return predict(self, photos, **options)

    monkeypatch.setattr(keras.Model, "predict", counted)
    rounds = predictions("efficientnet_lite0", 192)
    next(rounds)
    calls.clear()  # of warming
    assert next(rounds)["photos_per_s"].keys() == set(KERAS_BATCHES)
    assert calls == [(192, batch) for batch in KERAS_BATCHES]


def test_a_share_of_the_bound_that_cannot_be_is_an_error():
    found = {"vgg16": {"keras": {"share_of_bound": 1.04}}, "xception": {"onnxruntime": {"share_of_bound": 1.06}}}
    with pytest.raises(SystemExit, match=r"xception on onnxruntime$"):
        refuse_impossible(found)
    refuse_impossible({"vgg16": found["vgg16"]})
