"""The paper's CNN with dense layers in place of its convolutions: does the order of 14 columns tell these anything?

`python -m popularity.paper_tables.dense` is a stage of the projects of `project.py` alone.

Reads   data/dataset.parquet
Writes  predictions/dense.parquet (of all posts), metrics/train_dense.json (weights of both networks)
"""

from functools import partial
from typing import TYPE_CHECKING

from popularity import paths
from popularity.dataset.table import read_dataset
from popularity.files import write_json
from popularity.marks import run
from popularity.models.cnn import Cnn
from popularity.models.evidence import evidence_of
from popularity.models.on_evidence import OnFeatures
from popularity.models.out_of_fold import fit_out_of_fold, predictions_of
from popularity.posts import PREDICTIONS, write_table
from popularity.settings import load_settings

if TYPE_CHECKING:
    import keras

NAME, STAGE = "dense", "train_dense"
MOST_UNITS = 4096


class Dense(Cnn):
    """Dense u, dropout .1, dense u, dropout .3, and the CNN's own dense layers; trained as the CNN is.

    u is the number with which it comes nearest to the CNN's weights.
    """

    def build(self, width: int) -> "keras.Model":
        """See `Network.build`."""
        from keras import layers

        from popularity.quiet_keras import keras

        units = nearest_units(width, super().build(width).count_params())
        return keras.Sequential(
            [
                layers.Input((width,), name="features"),
                layers.Dense(units, activation="relu", name="dense_first"),
                layers.Dropout(0.1, name="dropout_1"),
                layers.Dense(units, activation="relu", name="dense_second"),
                layers.Dropout(0.3, name="dropout_3"),
                layers.Dense(50, activation="relu", name="dense_50"),
                layers.Dense(1, name="label"),
            ],
            name="dense",
        )


def nearest_units(width: int, weights: int) -> int:
    """Units of the first two layers with which the network on so many columns has about so many weights."""
    return min(range(1, MOST_UNITS), key=lambda units: abs(weights_of(width, units) - weights))


def weights_of(width: int, units: int) -> int:
    """Weights of the dense network: those of its four layers, biases too."""
    return (width + 1) * units + (units + 1) * units + (units + 1) * 50 + 51


def main() -> None:
    """Run the stage in the current project."""
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    dense = partial(Dense, settings.train_cnn, settings.base.seed)

    def make() -> OnFeatures:
        return OnFeatures(dense(), settings.dataset)

    fit = fit_out_of_fold(dataset.of("all_posts"), evidence_of(dataset), make, name=NAME)
    write_table(paths.predictions(NAME), predictions_of([fit]), PREDICTIONS)
    width = len(settings.dataset.features) if fit.model is None else len(fit.model.features.names)
    networks = {"cnn": Cnn(settings.train_cnn, settings.base.seed), NAME: dense()}
    write_json(paths.metrics(STAGE), {name: network.build(width).count_params() for name, network in networks.items()})


if __name__ == "__main__":
    run(main)
