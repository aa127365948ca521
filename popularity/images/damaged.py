"""What to do about stored photos that cannot be read."""

from pathlib import Path


def bring_back(photos: Path) -> str:
    """How a batch's folder of photos becomes whole again, as an instruction."""
    return f"delete {photos} and run `dvc repro`: it comes from DVC's cache, or filter_links makes it anew"
