"""The image model as params choose it: a head on the photos' embeddings, or the paper's backbone trained on photos."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from popularity import paths
from popularity.dataset.table import Dataset
from popularity.errors import UserError
from popularity.images.backbones import BACKBONES, find_weights, load
from popularity.images.stream import Photos
from popularity.models.evidence import Evidence, evidence_of, evidence_with_embeddings
from popularity.models.finetuned import FineTuned, FineTuner
from popularity.models.image_head import ImageHead
from popularity.models.on_evidence import OnRows, embeddings, pids
from popularity.models.out_of_fold import Model
from popularity.models.same_fits import SameFits
from popularity.settings import Settings

if TYPE_CHECKING:
    import keras


def photo_evidence(dataset: Dataset, settings: Settings) -> Evidence:
    """What is known of all posts: with embeddings in mode head; finetune reads photos by pid."""
    if settings.train_image.mode == "finetune":
        return evidence_of(dataset)
    return evidence_with_embeddings(dataset, settings.batches)


def image_models(settings: Settings) -> Callable[[], Model]:
    """What makes image models of the current project; those of the same posts are fitted once.

    Mode finetune keeps states of each training in `.work/finetune/` instead, from stage to stage: a network is large.
    """
    if settings.train_image.mode == "head":
        return SameFits(lambda: OnRows(ImageHead(settings.train_image.head, settings.base.seed), embeddings))
    made = _finetuned(settings)
    return lambda: OnRows(made(), pids)


def _finetuned(settings: Settings) -> Callable[[], FineTuned]:
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

    # A batch that a stage has failed for has none, and no row in the dataset.
    folders = [folder for folder in map(paths.photos, settings.batches) if folder.is_dir()]
    photos = Photos(folders, side or backbone.input_px, backbone.preprocessing, settings.base.seed)
    tuner = FineTuner(build, settings.train_image.finetune, settings.base.seed)
    return partial(FineTuned, tuner, photos, paths.FINETUNE)
