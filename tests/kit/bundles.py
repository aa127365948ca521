"""Bundles that hold facts and empty folders: enough for what only names and moves them; and those of fitted models."""

from collections.abc import Mapping
from pathlib import Path

from popularity import paths
from popularity.files import read_json, write_json
from popularity.models.out_of_fold import Model
from popularity.registry.bundle import MODELS, digests
from popularity.registry.history import promote
from popularity.settings import load_settings

FACTS = {
    "content": "0" * 64,
    "features": ["pid", "uid"],
    "label_formula": "log2_views",
    "backbone": {"name": "efficientnet_lite0", "weights_sha256": None},
    "batches": ["demo"],
    "training_posts": 1234,
    "params": {},
    "metrics": {},
}


def put_bundle(version: str, **facts: object) -> None:
    """Write a bundle into the current project."""
    folder = paths.champion(version)
    (folder / "features").mkdir(parents=True)
    (folder / "models/cnn/all_posts").mkdir(parents=True)
    write_json(folder / "bundle.json", {"version": version, **FACTS, **facts})


def crown(version: str, served: Mapping[str, tuple[str, Model]]) -> Path:
    """Make a bundle of fitted models the champion of the current project, beside its features; returns its folder.

    served: population -> a model's name in the catalogue, and the model.
    """
    folder, settings = paths.champion(version), load_settings()
    for population, (name, model) in served.items():
        inside = folder / MODELS / name / population
        inside.mkdir(parents=True)
        model.save(inside)
    told = {
        "features": settings.dataset.features,
        "params": settings.model_dump(mode="json"),
        "serves": {population: name for population, (name, _) in served.items()},
    }
    write_json(folder / "bundle.json", {"version": version, **FACTS, **told})
    sign(folder)
    promote(version)
    return folder


def sign(folder: Path) -> None:
    """Have a bundle whose files were changed on purpose say that they are its own."""
    facts = folder / "bundle.json"
    write_json(facts, read_json(facts) | {"files": digests(folder)})
