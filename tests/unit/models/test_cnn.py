import pytest

from popularity.errors import UserError
from popularity.models.cnn import Cnn
from popularity.settings import Cnn as Settings

SETTINGS = Settings(
    kernel=3,
    padding="same",
    flatten=True,
    optimizer="adam",
    learning_rate=0.01,
    batch_size=32,
    epochs=1,
    few_rows=20000,
)


def described(layer):
    """A layer's kind and the number that the paper prints for it."""
    number = {"Conv1D": "filters", "Dropout": "rate", "Dense": "units"}.get(type(layer).__name__)
    return type(layer).__name__, number and layer.get_config()[number]


def test_layers_are_those_that_the_paper_prints():
    layers = [described(layer) for layer in Cnn(SETTINGS, 1).build(14).layers]
    assert [layer for layer in layers if layer[1] is not None] == [
        ("Conv1D", 20),
        ("Dropout", 0.1),
        ("Conv1D", 50),
        ("Dropout", 0.3),
        ("Dense", 50),
        ("Dense", 1),
    ]


def test_activations_are_relu_and_the_last_layer_is_linear():
    layers = Cnn(SETTINGS, 1).build(14).layers
    activations = [layer.activation.__name__ for layer in layers if hasattr(layer, "activation")]
    assert activations == ["relu", "relu", "relu", "linear"]


@pytest.mark.parametrize("flatten", [True, False])
def test_every_row_gives_one_number_whether_flattened_or_averaged(flatten):
    network = Cnn(SETTINGS.model_copy(update={"flatten": flatten}), 1).build(15)
    assert network.output_shape == (None, 1)


def test_a_kernel_too_wide_for_the_features_is_an_error_that_names_it():
    settings = SETTINGS.model_copy(update={"kernel": 8, "padding": "valid"})
    with pytest.raises(UserError, match="kernel 8"):
        Cnn(settings, 1).build(14)


def test_the_learning_rate_falls_along_half_a_cosine():
    four = SETTINGS.model_copy(update={"epochs": 4})
    rates = [Cnn(SETTINGS, 1).learning_rate(epoch, four) for epoch in range(4)]
    assert rates == pytest.approx([0.01, 0.01 * (1 + 0.5**0.5) / 2, 0.005, 0.01 * (1 - 0.5**0.5) / 2])


@pytest.mark.parametrize(
    ("rows", "batch_size", "learning_rate", "epochs"),
    [(100, 32, 0.01, 16), (20_000, 32, 0.01, 16), (80_000, 64, 0.01414, 4), (345_600, 64, 0.01414, 2)],
)
def test_many_rows_are_learned_in_larger_batches_at_a_higher_rate_and_fewer_epochs(
    rows, batch_size, learning_rate, epochs
):
    training = Cnn(SETTINGS.model_copy(update={"epochs": 16}), 1).training_on(rows)
    assert (training.batch_size, training.epochs) == (batch_size, epochs)
    assert training.learning_rate == pytest.approx(learning_rate, rel=1e-3)
