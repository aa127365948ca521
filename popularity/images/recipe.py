"""All that decides which numbers a photo becomes: finished embeddings are kept, and found again, by it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from popularity.files import read_json, sha256_of, write_json
from popularity.images import decode
from popularity.images.backbones import BACKBONES, SEED, find_weights
from popularity.images.chunks import key_of
from popularity.images.runtimes import choose, describe, export, keras
from popularity.settings import ImageEmbeddings

RECIPE = "recipe.json"
"""Beside the chunks: what their key stands for, and the SHA-256 of the weights."""


def recipe_of(settings: ImageEmbeddings) -> dict[str, Any]:
    """What decides a photo's numbers, without opening the network or fetching its weights.

    Raises UserError where the runtime or a file that image_embeddings.weights names is not there.
    """
    backbone, runtime = BACKBONES[settings.backbone], choose(settings.runtime)
    return {
        "backbone": backbone.name,
        "network": backbone.rules,
        "input_px": backbone.input_px,
        "preprocessing": asdict(backbone.preprocessing),
        "weights": _weights(settings),
        "runtime": describe(runtime),
        "graph": export.RULES if runtime == "onnxruntime" else keras.RULES,
        "batch": settings.batch_size,
        "decoding": decode.RULES,
    }


def folder_of(recipe: dict[str, Any], parent: Path) -> Path:
    """Where the chunks of a recipe lie."""
    return parent / key_of(recipe)


def weights_sha256(settings: ImageEmbeddings, recipe: dict[str, Any], folder: Path) -> str | None:
    """SHA-256 of the weights' file, None for random weights; remembered in the recipe's folder.

    So a download that was deleted is not fetched again where only its name is asked for.
    Raises UserError as `find_weights`.
    """
    remembered = folder / RECIPE
    if not remembered.is_file():
        weights = find_weights(BACKBONES[settings.backbone], settings.weights)
        write_json(remembered, recipe | {"weights_sha256": weights and sha256_of(weights)})
    found: str | None = read_json(remembered)["weights_sha256"]
    return found


def _weights(settings: ImageEmbeddings) -> str:
    """A name for the weights: the checksum of the file that is or would be read, else what random ones come from."""
    backbone = BACKBONES[settings.backbone]
    match settings.weights:
        case "imagenet":
            return backbone.published.checksum
        case "none":
            return f"random, seed {SEED}, {describe('keras')}"
        case file:
            find_weights(backbone, file)  # raises unless it is there
            return f"sha256:{sha256_of(Path(file))}"
