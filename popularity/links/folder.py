"""The bytes behind a link that is a path in the batch's own folder."""

import re
from pathlib import Path

from popularity.links.reasons import NoPhotoError, Reason

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def is_remote(link: str) -> bool:
    """Whether the link names a scheme; else it is a path relative to the batch's folder."""
    return SCHEME.match(link) is not None


def read_file(folder: Path, link: str, max_bytes: int) -> bytes:
    """The bytes of a file inside the batch's folder, which may itself be a symlink.

    Raises NoPhotoError: no link, outside the batch's folder, missing file, unreadable file, too large.
    """
    if not link.strip():
        raise NoPhotoError(Reason.NO_LINK)
    try:
        root, path = folder.resolve(), (folder / link).resolve()
        if not path.is_relative_to(root):
            raise NoPhotoError(Reason.OUTSIDE)
        if not path.is_file():
            raise NoPhotoError(Reason.MISSING_FILE)
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # no permission, too long a name, a NUL, a loop
        raise NoPhotoError(Reason.UNREADABLE_FILE) from error
    if len(content) > max_bytes:
        raise NoPhotoError(Reason.TOO_LARGE)
    return content
