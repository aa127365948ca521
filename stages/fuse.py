"""Stage fuse: the multimodal model, the paper's CNN on the features and the image model's prediction.

Reads   data/dataset.parquet, predictions/image.parquet, predictions/image_without.parquet,
        expectations/predictions.json
Writes  models/multimodal/, predictions/multimodal.parquet, metrics/fuse.json,
        reports/quality/predictions/multimodal.json
"""

from functools import partial

from popularity import paths
from popularity.checks.model_tables import check_predictions
from popularity.dataset.table import read_dataset
from popularity.marks import run
from popularity.models.fusion import ImageFeature, Multimodal
from popularity.models.out_of_fold import fit_out_of_fold, predictions_of, save_models, write_metrics
from popularity.posts import PREDICTIONS, read_table, write_table
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    population = dataset.of("posts_with_photo")
    image = ImageFeature.of(
        population, read_table(paths.predictions("image")), read_table(paths.predictions_without("image"))
    )
    mean, deviation = image.scale()
    make = partial(Multimodal, settings.fuse, settings.base.seed, mean=mean, deviation=deviation)
    fits = [fit_out_of_fold(population, image.beside_features, make, name="multimodal")]
    predictions = predictions_of(fits)
    check_predictions("multimodal", dataset, predictions)
    save_models(paths.model("multimodal"), fits)
    write_table(paths.predictions("multimodal"), predictions, PREDICTIONS)
    write_metrics(paths.metrics("fuse"), fits)


if __name__ == "__main__":
    run(main)
