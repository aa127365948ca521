"""Stage train_image: the image model. Mode head: a small head on the photos' embeddings; finetune: the paper's, a
backbone trained on the photos themselves.

Reads   data/dataset.parquet, expectations/predictions.json, and of the batches in params.yaml data/embeddings/ (mode
        head) or data/photos/ (finetune)
Writes  models/image/, predictions/image.parquet, predictions/protocols/image.parquet, metrics/train_image.json,
        reports/quality/predictions/image.json, plots/curves/image/
"""

from popularity import paths
from popularity.dataset.table import read_dataset
from popularity.image_model import image_models, photo_evidence
from popularity.marks import run
from popularity.models.curves import write_curves
from popularity.models.out_of_fold import fit_out_of_fold, predict_further
from popularity.settings import load_settings
from popularity.trained import write_trained


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    population = dataset.of("posts_with_photo")
    evidence = photo_evidence(dataset, settings)
    make = image_models(settings)
    fits = [fit_out_of_fold(population, evidence, make, name="image", seed=settings.base.seed)]
    further = predict_further("image", [population], evidence, make, settings.protocols)
    write_trained("image", "train_image", dataset, fits, further)
    write_curves(paths.curves("image"), fits)


if __name__ == "__main__":
    run(main)
