"""Stage train_image: the image model. Mode head: a small head on the photos' embeddings; finetune: the paper's, a
backbone trained on the photos themselves.

Reads   data/dataset.parquet, expectations/predictions.json, and of the batches in params.yaml data/embeddings/ (mode
        head) or data/photos/ (finetune)
Writes  models/image/, predictions/image.parquet, predictions/image_without.parquet, metrics/train_image.json,
        reports/quality/predictions/image.json
"""

import shutil
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from popularity import paths
from popularity.arrays import Matrix
from popularity.checks.model_tables import check_predictions
from popularity.dataset.table import read_dataset
from popularity.dataset.whole import whole_batches
from popularity.embeddings import gather
from popularity.errors import UserError
from popularity.images.backbones import BACKBONES, find_weights, load
from popularity.images.stream import Photos
from popularity.marks import run
from popularity.models.finetuned import FineTuned, FineTuner
from popularity.models.image_head import ImageHead
from popularity.models.out_of_fold import (
    Model,
    fit_out_of_fold,
    predict_without,
    predictions_of,
    save_models,
    write_metrics,
)
from popularity.posts import PREDICTIONS, PREDICTIONS_WITHOUT, write_table
from popularity.settings import Settings, load_settings

if TYPE_CHECKING:
    import keras


def main() -> None:
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    population = dataset.of("posts_with_photo")
    X: Matrix
    make: Callable[[], Model]
    if settings.train_image.mode == "head":
        X = gather(population.pid, [paths.embeddings(batch) for batch in whole_batches(settings.batches)])
        make = partial(ImageHead, settings.train_image.head, settings.base.seed)
    else:
        X = population.pid[:, None]
        make = finetuned(settings)
    fits = [fit_out_of_fold(population, lambda _: X, make, name="image")]
    predictions = predictions_of(fits)
    without = predict_without(population, X, make, name="image")
    check_predictions("image", dataset, predictions, without)
    save_models(paths.model("image"), fits)
    write_table(paths.predictions("image"), predictions, PREDICTIONS)
    write_table(paths.predictions_without("image"), without, PREDICTIONS_WITHOUT)
    write_metrics(paths.metrics("train_image"), fits)
    if settings.train_image.mode == "finetune":
        shutil.rmtree(paths.FINETUNE, ignore_errors=True)  # all fits are in the outputs now


def finetuned(settings: Settings) -> Callable[[], Model]:
    """What makes the paper's model; the backbone's weights are looked for when the first one is fitted."""
    chosen, side = settings.image_embeddings, settings.train_image.finetune.side
    backbone = BACKBONES[chosen.backbone]

    def build() -> "keras.Model":
        weights = find_weights(backbone, chosen.weights)
        try:
            return load(backbone, weights, side)
        except ValueError as error:
            raise UserError(
                f"train_image.finetune.side is {side}, too small for {backbone.name}: {error}",
                next_step="set it higher in params.yaml, or to null for the backbone's own",
            ) from error

    folders = [paths.photos(batch) for batch in whole_batches(settings.batches)]
    photos = Photos(folders, side or backbone.input_px, backbone.preprocessing, settings.base.seed)
    tuner = FineTuner(build, settings.train_image.finetune, settings.base.seed)
    return partial(FineTuned, tuner, photos, paths.FINETUNE)


if __name__ == "__main__":
    run(main)
