"""Stage train_image: the image model, a small head on the photos' embeddings.

Reads   data/dataset.parquet, data/embeddings/ (of the batches in params.yaml)
Writes  models/image/, predictions/image.parquet, predictions/image_without.parquet, metrics/train_image.json
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
    save_models,
    write_metrics,
    write_predictions,
)
from popularity.posts import PREDICTIONS_WITHOUT, write_table
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    population = read_dataset(paths.DATASET).of("posts_with_photo")
    embeddings = gather(population.pid, [paths.embeddings(batch) for batch in settings.batches])
    make = partial(ImageHead, settings.train_image, settings.base.seed)
    fits = [fit_out_of_fold(population, lambda _: embeddings, make, name="image")]
    save_models(paths.model("image"), fits)
    write_predictions(paths.predictions("image"), fits)
    without = predict_without(population, embeddings, make, name="image")
    write_table(paths.predictions_without("image"), without, PREDICTIONS_WITHOUT)
    write_metrics(paths.metrics("train_image"), fits)


if __name__ == "__main__":
    run(main)
