"""Bundles that hold facts and empty folders: enough for what only names and moves them."""

from pathlib import Path

from popularity import paths
from popularity.files import read_json, write_json
from popularity.registry.bundle import digests

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


def sign(folder: Path) -> None:
    """Have a bundle whose files were changed on purpose say that they are its own."""
    facts = folder / "bundle.json"
    write_json(facts, read_json(facts) | {"files": digests(folder)})
