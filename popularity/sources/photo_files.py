"""Which file of a crawl is a post's photo."""

from pathlib import Path

PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif", ".gif")
"""Endings of photos, in the order in which they are looked for."""

MOST = 20
"""Photos that a post of Instagram may have."""


class PhotoFiles:
    """The photos beside the files of posts; each folder is listed once."""

    def __init__(self) -> None:
        self._names: dict[Path, frozenset[str]] = {}

    def beside(self, path: Path, name: str) -> Path | None:
        """The photo of this name in a file's folder, or the first of several, name_1 and on; None where none is."""
        folder = path.parent
        if folder not in self._names:
            self._names[folder] = frozenset(one.name for one in folder.iterdir() if one.is_file())
        for stem in (name, *(f"{name}_{number}" for number in range(1, MOST + 1))):
            for ending in PHOTOS:
                if stem + ending in self._names[folder]:
                    return folder / (stem + ending)
        return None
