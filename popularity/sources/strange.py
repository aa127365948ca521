"""What may not lie among strangers' files: what DVC or git would obey, and what is no file or has no name to write."""

import os
import stat
from pathlib import Path

from popularity import paths
from popularity.errors import UserError
from popularity.settings import load_settings

OBEYED = frozenset({".dvc", ".dvcignore", "dvc.lock", "dvc.yaml", ".git", ".gitattributes", ".gitignore"})
"""By their names; and every file that ends in .dvc."""


def refuse_strange_files(folder: Path) -> None:
    """Raises UserError, with its name, for the first that a folder of posts or labels may not hold, at any depth."""
    for path in (folder, *sorted(folder.rglob("*"))):
        if (wrong := _what_is_wrong(path)) is not None:
            raise UserError(f"{writable(path)} {wrong}", next_step="take it out of the folder, then run this again")


def refuse_what_dvc_would_obey() -> None:
    """The same for later labels, and for crawls that stay where they are: before DVC, which would obey it, or wait.

    Of copies in data/raw/ it obeys nothing, by .dvcignore, and `ingest` looks at them.
    """
    refuse_strange_files(paths.VISITS)
    batches = load_settings().batches if paths.PARAMS.exists() else {}
    for name, batch in batches.items():
        if Path(batch.path) != paths.raw(name):
            refuse_strange_files(Path(batch.path))


def writable(path: Path) -> str:
    """A path as it can be printed: bytes that are not UTF-8 as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _what_is_wrong(path: Path) -> str | None:
    if writable(path) != str(path):
        return "has a name that is not UTF-8"
    if path.name in OBEYED or path.suffix == ".dvc":
        return "is a file that DVC or git would obey"
    mode = path.lstat().st_mode if path.exists() or path.is_symlink() else stat.S_IFREG
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        return "is neither a file nor a folder"
    return None
