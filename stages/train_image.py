"""Stage train_image: the image model, a small head on the photos' embeddings.

Reads   data/dataset.parquet, data/embeddings/ (of the batches in params.yaml)
Writes  models/image/, predictions/image.parquet, metrics/train_image.json
"""

from functools import partial

from popularity import paths
from popularity.dataset import read_dataset
from popularity.embeddings import gather
from popularity.errors import run
from popularity.models.image_head import ImageHead
from popularity.models.out_of_fold import fit_out_of_fold, save_models, write_metrics, write_predictions
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    population = read_dataset(paths.DATASET).of("posts_with_photo")
    embeddings = gather(population.pid, [paths.embeddings(batch) for batch in settings.batches])
    make = partial(ImageHead, settings.train_image, settings.base.seed)
    fits = [fit_out_of_fold(population, lambda _: embeddings, make, name="image")]
    save_models(paths.model("image"), fits)
    write_predictions(paths.predictions("image"), fits)
    write_metrics(paths.metrics("train_image"), fits)


if __name__ == "__main__":
    run(main)
