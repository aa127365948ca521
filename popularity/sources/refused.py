"""Files of labels that are used by nothing: refused.json beside them names each by its SHA-256, and why.

It lies in data/visits/<batch>/, so that DVC knows `ingest` to have read it. Whoever puts another file in the place of a
refused one has it judged afresh; `"released": true`, set by hand, has a file used all the same.
"""

from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter

from popularity.files import read_json, sha256_of, telling, write_json
from popularity.settings import Section

FILE = "refused.json"


class Refused(Section):
    """A file of labels that was refused. why: a sentence, with the likely cause."""

    file: str
    sha256: str
    why: str
    released: bool = False


def read_refused(folder: Path) -> list[Refused]:
    """What a folder of visits says of its files. Raises UserError where refused.json is not whole."""
    path = folder / FILE
    if not path.exists():
        return []
    with telling(path):
        return TypeAdapter(list[Refused]).validate_python(read_json(path))


def write_refused(folder: Path, refused: Iterable[Refused]) -> None:
    """Replace it; without any it is deleted, and as it was it is not written."""
    those = sorted(refused, key=lambda one: (one.file, one.sha256))
    if those == read_refused(folder):
        return
    if those:
        write_json(folder / FILE, [one.model_dump() for one in those])
    else:
        (folder / FILE).unlink(missing_ok=True)


def files_of_labels(folder: Path) -> list[Path]:
    """The CSV files of a folder of visits that may be read, sorted by name."""
    held = {one.sha256 for one in read_refused(folder) if not one.released}
    return [path for path in sorted(folder.glob("*.csv")) if not held or sha256_of(path) not in held]
