"""Stage train_image: the image model. Mode head: a small head on the photos' embeddings; finetune: the paper's, a
backbone trained on the photos themselves.

Reads   data/dataset.parquet, expectations/predictions.json, and of the batches in params.yaml data/embeddings/ (mode
        head) or data/photos/ (finetune)
Writes  models/image/, predictions/image.parquet, predictions/protocols/image.parquet, metrics/train_image.json,
        reports/quality/predictions/image.json
"""

from popularity import paths
from popularity.checks.model_tables import check_predictions
from popularity.dataset.table import read_dataset
from popularity.image_model import image_models, photo_evidence
from popularity.marks import run
from popularity.models.out_of_fold import (
    fit_out_of_fold,
    predict_further,
    predictions_of,
    save_models,
    write_metrics,
)
from popularity.posts import PREDICTIONS, UNDER_PROTOCOLS, write_table
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    population = dataset.of("posts_with_photo")
    evidence = photo_evidence(dataset, settings)
    make = image_models(settings)
    fits = [fit_out_of_fold(population, evidence, make, name="image")]
    further = predict_further("image", [population], evidence, make, settings.protocols)
    predictions = predictions_of(fits)
    check_predictions("image", dataset, predictions)
    save_models(paths.model("image"), fits)
    write_table(paths.predictions("image"), predictions, PREDICTIONS)
    write_table(paths.protocols("image"), further, UNDER_PROTOCOLS)
    write_metrics(paths.metrics("train_image"), fits)


if __name__ == "__main__":
    run(main)
