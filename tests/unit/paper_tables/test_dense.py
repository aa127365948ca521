"""The CNN with dense layers in place of its convolutions."""

import numpy as np
import pytest

from popularity.models.cnn import Cnn
from popularity.paper_tables.dense import Dense, nearest_units, weights_of
from popularity.settings import Cnn as Settings

SETTINGS = Settings(
    kernel=3, padding="same", flatten=True, optimizer="adam", learning_rate=0.01, batch_size=32, epochs=2,
    few_rows=20000,
)  # fmt: skip


@pytest.mark.parametrize("width", [5, 14])
@pytest.mark.parametrize("flatten", [True, False])
def test_it_has_as_many_weights_as_the_network_with_convolutions(width, flatten):
    settings = SETTINGS.model_copy(update={"flatten": flatten})
    ours, theirs = (kind(settings, 1).build(width).count_params() for kind in (Dense, Cnn))
    assert abs(ours - theirs) <= 0.02 * theirs
    units = nearest_units(width, theirs)
    assert weights_of(width, units) == ours
    assert all(abs(weights_of(width, other) - theirs) >= abs(ours - theirs) for other in (units - 1, units + 1))


def test_it_has_no_convolution_and_the_same_layers_otherwise():
    layers = [type(layer).__name__ for layer in Dense(SETTINGS, 1).build(14).layers]
    assert layers == ["Dense", "Dropout", "Dense", "Dropout", "Dense", "Dense"]
    rates = [layer.rate for layer in Dense(SETTINGS, 1).build(14).layers if hasattr(layer, "rate")]
    assert rates == [0.1, 0.3]


def test_it_learns_and_the_same_rows_give_the_same_predictions():
    X = np.random.default_rng(1).normal(size=(200, 14))
    y = X[:, 0] + 0.5 * X[:, 3]
    found = []
    for _ in range(2):
        dense = Dense(SETTINGS.model_copy(update={"epochs": 20}), 1)
        dense.fit(X, y)
        found.append(dense.predict(X))
    assert (found[0] == found[1]).all()
    assert np.corrcoef(found[0], y)[0, 1] > 0.8
