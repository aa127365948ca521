from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from popularity.models.image_head import ImageHead
from popularity.settings import load_settings


@pytest.fixture(scope="module")
def settings():
    return load_settings(Path(__file__).parents[3] / "params.yaml").train_image.head


def test_layers_are_those_that_the_paper_prints_behind_dropout(settings):
    layers = ImageHead(settings, 1).build(1280).layers
    assert [type(layer).__name__ for layer in layers] == ["Dropout", "Dense", "Dropout", "Dense"]
    assert [layer.units for layer in layers[1::2]] == [512, 1]
    assert [layer.activation.__name__ for layer in layers[1::2]] == ["relu", "linear"]


@pytest.mark.slow
def test_a_faint_effect_of_the_kind_of_scene_is_found_with_the_settings_of_params(settings):
    rng = np.random.default_rng(3)
    scene = rng.integers(0, 8, 1000)
    embeddings = (rng.normal(size=(8, 1280))[scene] + rng.normal(size=(1000, 1280))).astype(np.float16)
    effect = np.linspace(-1.5, 1.5, 8)[scene] / np.sqrt(9 / 12)
    y = 6 + effect + 3 * rng.normal(size=1000) * effect.std()  # a tenth of the label's variance
    model = ImageHead(settings, 1)
    model.fit(embeddings[:800], y[:800])
    assert spearmanr(model.predict(embeddings[800:]), effect[800:])[0] > 0.6
