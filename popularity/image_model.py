"""The image model as params choose it: a head on the photos' embeddings, or the paper's backbone trained on photos."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from popularity import paths
from popularity.dataset.table import Dataset
from popularity.embeddings import gather
from popularity.errors import UserError
from popularity.images.backbones import BACKBONES, find_weights, load
from popularity.images.stream import Photos
from popularity.models.evidence import Evidence, evidence_of
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
    pid = dataset.of("posts_with_photo").pid
    return evidence_of(dataset, gather(pid, _there(map(paths.embeddings, settings.batches))))


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

    folders = _there(map(paths.photos, settings.batches))
    photos = Photos(folders, side or backbone.input_px, backbone.preprocessing, settings.base.seed)
    tuner = FineTuner(build, settings.train_image.finetune, settings.base.seed)
    return partial(FineTuned, tuner, photos, paths.FINETUNE)


def _there(folders: Iterable[Path]) -> list[Path]:
    """Those that are there: a batch that a stage has failed for has none, and no row in the dataset."""
    return [folder for folder in folders if folder.is_dir()]
