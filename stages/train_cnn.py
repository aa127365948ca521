"""Stage train_cnn: the paper's CNN on the CON-SOC features.

Reads   data/dataset.parquet, expectations/predictions.json
Writes  models/cnn/, predictions/cnn.parquet, predictions/protocols/cnn.parquet, metrics/train_cnn.json,
        reports/quality/predictions/cnn.json, plots/curves/cnn/
"""

from functools import partial

from popularity import paths
from popularity.dataset.table import POPULATIONS, read_dataset
from popularity.marks import run
from popularity.models.cnn import Cnn
from popularity.models.curves import write_curves
from popularity.models.evidence import evidence_of
from popularity.models.on_evidence import OnFeatures
from popularity.models.out_of_fold import fit_out_of_fold, predict_further
from popularity.settings import load_settings
from popularity.trained import write_trained


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    cnn = partial(Cnn, settings.train_cnn, settings.base.seed)
    evidence = evidence_of(dataset)

    def make() -> OnFeatures:
        return OnFeatures(cnn(), settings.dataset)

    populations = [dataset.of(name) for name in POPULATIONS]
    seed = settings.base.seed
    fits = [fit_out_of_fold(population, evidence, make, name="cnn", seed=seed) for population in populations]
    further = predict_further("cnn", populations, evidence, make, settings.protocols)
    write_trained("cnn", "train_cnn", dataset, fits, further)
    write_curves(paths.curves("cnn"), fits)


if __name__ == "__main__":
    run(main)
