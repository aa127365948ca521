"""Stage fuse: the multimodal model, the paper's CNN on the features and what an image model of its own predicts.

Reads   data/dataset.parquet, expectations/predictions.json, and for the image model what stage train_image reads
Writes  models/multimodal/, predictions/multimodal.parquet, predictions/protocols/multimodal.parquet, metrics/fuse.json,
        reports/quality/predictions/multimodal.json, plots/curves/multimodal/
"""

import shutil

from popularity import paths
from popularity.dataset.table import read_dataset
from popularity.image_model import image_models, photo_evidence
from popularity.marks import run
from popularity.models.cnn import Cnn
from popularity.models.curves import write_curves
from popularity.models.fusion import Multimodal
from popularity.models.out_of_fold import fit_out_of_fold, predict_further
from popularity.settings import load_settings
from popularity.trained import write_trained


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    population, images = dataset.of("posts_with_photo"), image_models(settings)
    evidence = photo_evidence(dataset, settings)

    def make() -> Multimodal:
        return Multimodal(Cnn(settings.fuse, settings.base.seed), settings.dataset, images)

    fits = [fit_out_of_fold(population, evidence, make, name="multimodal", seed=settings.base.seed)]
    further = predict_further("multimodal", [population], evidence, make, settings.protocols)
    write_trained("multimodal", "fuse", dataset, fits, further)
    write_curves(paths.curves("multimodal"), fits)
    shutil.rmtree(paths.FINETUNE, ignore_errors=True)  # all fits of mode finetune are in the outputs now


if __name__ == "__main__":
    run(main)
