"""Stage fuse: the multimodal model, the paper's CNN on 14 features and the image model's prediction.

Reads   data/dataset.parquet, predictions/image.parquet, predictions/image_without.parquet
Writes  models/multimodal/, predictions/multimodal.parquet, metrics/fuse.json
"""

from functools import partial

from popularity import paths
from popularity.dataset import read_dataset
from popularity.errors import run
from popularity.models.fusion import ImageFeature, Multimodal
from popularity.models.out_of_fold import fit_out_of_fold, save_models, write_metrics, write_predictions
from popularity.posts import read_table
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    population = read_dataset(paths.DATASET).of("posts_with_photo")
    image = ImageFeature.of(
        population, read_table(paths.predictions("image")), read_table(paths.predictions_without("image"))
    )
    mean, deviation = image.scale()
    make = partial(Multimodal, settings.fuse, settings.base.seed, mean=mean, deviation=deviation)
    fits = [fit_out_of_fold(population, image.beside_features, make, name="multimodal")]
    save_models(paths.model("multimodal"), fits)
    write_predictions(paths.predictions("multimodal"), fits)
    write_metrics(paths.metrics("fuse"), fits)


if __name__ == "__main__":
    run(main)
