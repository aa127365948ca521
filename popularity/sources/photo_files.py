"""Which file of a crawl is a post's photo."""

from pathlib import Path

PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif", ".gif")
"""Endings of photos, in the order in which they are looked for."""

MOST = 20
"""Photos that a post of Instagram may have."""


def photo_beside(path: Path, name: str) -> Path | None:
    """The photo of this name in a file's folder, or the first of several, name_1 and on; None where none is there."""
    for stem in (name, *(f"{name}_{number}" for number in range(1, MOST + 1))):
        for ending in PHOTOS:
            if (photo := path.with_name(stem + ending)).is_file():
                return photo
    return None
