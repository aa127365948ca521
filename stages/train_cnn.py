"""Stage train_cnn: the paper's CNN on the 14 CON-SOC features.

Reads   data/dataset.parquet
Writes  models/cnn/, predictions/cnn.parquet, metrics/train_cnn.json
"""

from functools import partial

from popularity import paths
from popularity.dataset import POPULATIONS, read_dataset
from popularity.errors import run
from popularity.models.cnn import Cnn
from popularity.models.out_of_fold import fit_out_of_fold, save_models, write_metrics, write_predictions
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    make = partial(Cnn, settings.train_cnn, settings.base.seed)
    populations = [dataset.of(name) for name in POPULATIONS]
    fits = [fit_out_of_fold(population, population.features_without, make, name="cnn") for population in populations]
    save_models(paths.model("cnn"), fits)
    write_predictions(paths.predictions("cnn"), fits)
    write_metrics(paths.metrics("train_cnn"), fits)


if __name__ == "__main__":
    run(main)
