"""The bytes behind a link that is a path in the batch's own folder, however the path is spelled."""

import re
from pathlib import Path
from threading import Lock

from popularity.dag.cache import cache_folder
from popularity.links.spellings import Spellings
from popularity.web.reasons import NoPhotoError, Reason

SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
"""Of two letters at least: C: is a drive."""

HOST = re.compile(r"(localhost|\d{1,3}(\.\d{1,3}){3}|([\w-]+\.)+[a-z]{2,})(:\d+)?/", re.IGNORECASE)
"""What a web address begins with when it lacks its scheme."""


def is_remote(link: str) -> bool:
    """Whether the link names a scheme; else it is a path relative to the batch's folder."""
    return SCHEME.match(link) is not None and HOST.match(link) is None


class Folder:
    """A batch's folder, which may itself be a symlink; for many threads at a time.

    spelled: link -> file, relative to the folder, where the link is another spelling of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spelled: dict[str, str] = {}
        self._lock = Lock()
        self._spellings: Spellings | None = None
        self._cache: tuple[Path | None] | None = None

    def read(self, link: str, max_bytes: int) -> bytes:
        """The bytes of a file inside the folder, or of a link from there into the cache of the project's own DVC.

        Raises NoPhotoError: no link, outside the batch's folder, missing file, host without a scheme, unreadable file,
        too large.
        """
        if not link.strip():
            raise NoPhotoError(Reason.NO_LINK)
        try:
            with self._find(link).open("rb") as file:
                content = file.read(max_bytes + 1)
        except OSError as error:  # no permission
            raise NoPhotoError(Reason.UNREADABLE_FILE) from error
        if len(content) > max_bytes:
            raise NoPhotoError(Reason.TOO_LARGE)
        return content

    @property
    def spellings(self) -> Spellings:
        """The files of the folder, listed when they are first asked for."""
        with self._lock:
            if self._spellings is None:
                self._spellings = Spellings(self.path)
            return self._spellings

    def _find(self, link: str) -> Path:
        missing = self._refusal(self.path / link)
        if missing is None:
            return self.path / link
        other = None if HOST.match(link) else self.spellings.find(link)
        if other is not None and self._refusal(self.path / other) is None:
            self.spelled[link] = other
            return self.path / other
        raise NoPhotoError(Reason.NO_SCHEME if HOST.match(link) else missing)

    def _refusal(self, path: Path) -> Reason | None:
        """Why this is no file of the folder's; None where it is one."""
        try:
            target = path.resolve()
            if not target.is_relative_to(self.path.resolve()) and not self._is_in_cache(path, target):
                return Reason.OUTSIDE
            return None if target.is_file() else Reason.MISSING_FILE
        except (OSError, ValueError, RuntimeError):  # too long a name, a NUL, a loop
            return Reason.UNREADABLE_FILE

    def _is_in_cache(self, path: Path, target: Path) -> bool:
        """Whether this is a link that lies in the folder and leads to what DVC keeps."""
        if not (path.is_symlink() and path.parent.resolve().is_relative_to(self.path.resolve())):
            return False
        with self._lock:
            if self._cache is None:  # a project inside the folder is whoever's the folder is
                self._cache = (None if Path.cwd().is_relative_to(self.path.resolve()) else cache_folder(),)
        cache = self._cache[0]
        return cache is not None and target.is_relative_to(cache)
