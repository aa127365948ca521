"""The files of a folder by how systems spell their paths: a crawl is often written on one and read on another."""

import os
import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote

Parts = tuple[str, ...]
ABSOLUTE = re.compile(r"[/\\]|[a-z]:", re.IGNORECASE)
"""How a path from the root of some machine begins."""


def parts_of(path: str) -> Parts:
    """Folders and name of a path, alike for those that differ in backslashes, letter case, NFC and NFD, or %xx alone.

    Drives are left out, and so is what leads nowhere: `.`, `..`, a slash at the start.
    """
    plain = unicodedata.normalize("NFC", unquote(path).replace("\\", "/"))
    folded = unicodedata.normalize("NFC", plain.casefold()).split("/")
    return tuple(part for part in folded if part not in ("", ".", "..") and not (len(part) == 2 and part[1] == ":"))


class Spellings:
    """The files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._named: defaultdict[str, list[tuple[Parts, str]]] = defaultdict(list)
        for at, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                file = (Path(at) / name).relative_to(folder).as_posix()
                if parts := parts_of(file):
                    self._named[parts[-1]].append((parts, file))

    def find(self, path: str) -> str | None:
        """The one file, relative to the folder, that a path may mean; None where there is none, or more than one.

        The path may leave out the folders that the file lies in, or begin with some that are not here; a relative one
        has then to share a folder with the file, for a.jpg may be another photo than both x/a.jpg and y/a.jpg.
        """
        wanted = parts_of(path)
        if not wanted:
            return None
        least = 1 if ABSOLUTE.match(path) else 2
        fit = [
            (len(parts) == len(wanted), min(len(parts), len(wanted)), file)
            for parts, file in self._named.get(wanted[-1], ())
            if _ends_alike(parts, wanted) and len(parts) >= min(least, len(wanted))
        ]
        best = [file for *rank, file in fit if rank == list(max(fit)[:2])]
        return best[0] if len(best) == 1 else None

    def example(self, path: str) -> str | None:
        """A file that lies in the folder, best one with the ending of this path; None where there is none."""
        ending = Path(path).suffix.casefold()
        files = sorted(file for some in self._named.values() for _, file in some)
        return next((file for file in files if Path(file).suffix.casefold() == ending), files[0] if files else None)


def _ends_alike(one: Parts, other: Parts) -> bool:
    common = min(len(one), len(other))
    return one[-common:] == other[-common:]
