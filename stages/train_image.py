"""Stage train_image: the image model, a small head on the photos' embeddings.

Reads   data/dataset.parquet, data/embeddings/ (of the batches in params.yaml), expectations/predictions.json
Writes  models/image/, predictions/image.parquet, predictions/image_without.parquet, metrics/train_image.json,
        reports/quality/predictions/image.json
"""

from functools import partial

from popularity import paths
from popularity.dataset import read_dataset
from popularity.embeddings import gather
from popularity.errors import run
from popularity.models.image_head import ImageHead
from popularity.models.out_of_fold import (
    fit_out_of_fold,
    predict_without,
    predictions_of,
    save_models,
    write_metrics,
)
from popularity.monitoring.model_tables import check_predictions
from popularity.posts import PREDICTIONS, PREDICTIONS_WITHOUT, write_table
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    population = dataset.of("posts_with_photo")
    embeddings = gather(population.pid, [paths.embeddings(batch) for batch in settings.batches])
    make = partial(ImageHead, settings.train_image, settings.base.seed)
    fits = [fit_out_of_fold(population, lambda _: embeddings, make, name="image")]
    predictions = predictions_of(fits)
    without = predict_without(population, embeddings, make, name="image")
    check_predictions("image", dataset, predictions, without)
    save_models(paths.model("image"), fits)
    write_table(paths.predictions("image"), predictions, PREDICTIONS)
    write_table(paths.predictions_without("image"), without, PREDICTIONS_WITHOUT)
    write_metrics(paths.metrics("train_image"), fits)


if __name__ == "__main__":
    run(main)
