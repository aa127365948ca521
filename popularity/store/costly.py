"""Photos that ran out of time or memory when they were decoded, kept beside the bytes: a second run gives the same."""

from pathlib import Path

from popularity.files import read_json, write_json

FOLDER = "costly"


class Costly:
    """`<store>/costly/<sha256>.json`: the limits that a photo passed."""

    def __init__(self, store: Path) -> None:
        self._folder = store / FOLDER

    def known(self, sha256: str, *, seconds: int, mb: int) -> bool:
        """Whether the photo passed these limits or higher ones."""
        path = self._folder / f"{sha256}.json"
        if not path.exists():
            return False
        passed = read_json(path)
        return bool(passed["seconds"] >= seconds and passed["mb"] >= mb)

    def forget(self, sha256: str) -> None:
        """Know nothing of a photo any more."""
        (self._folder / f"{sha256}.json").unlink(missing_ok=True)

    def note(self, sha256: str, *, seconds: int, mb: int) -> None:
        """Remember that it passed them."""
        write_json(self._folder / f"{sha256}.json", {"seconds": seconds, "mb": mb})
