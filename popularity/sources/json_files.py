"""JSON files that strangers' tools wrote: read within limits, however they were made."""

import json
import lzma
from pathlib import Path
from typing import Any

from popularity.sources.cells import at

MOST_BYTES = 50_000_000
"""Of a JSON file, unpacked. A post takes some thousands, an answer with 500 of them some millions."""

MOST_UNPACKING_BYTES = 128 * 2**20
"""Of memory while an XZ file is unpacked; the strongest preset takes 65 MiB."""

ENDINGS = (".json", ".json.xz")
LOOKED_AT = 40
"""Files of a folder that are looked into, to see which tool wrote them."""


class BadJsonError(ValueError):
    """A file, or a line, that is no JSON within the limits. Its text is why."""


def json_files(folder: Path) -> list[Path]:
    """The JSON files of a folder at any depth, sorted; those whose name begins with a dot are other programs' own."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.name.endswith(ENDINGS) and not path.name.startswith(".") and path.is_file()
    )


def load(path: Path) -> Any:
    """What a .json or .json.xz file holds. Raises BadJsonError where it cannot be read or is larger than MOST_BYTES."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadJsonError(f"cannot be read: {error.strerror}") from error
    if path.name.endswith(".xz") and len(raw) <= MOST_BYTES:
        raw = _unpacked(raw)
    if len(raw) > MOST_BYTES:
        raise BadJsonError(f"larger than {MOST_BYTES / 1e6:.0f} MB")
    return parse(raw)


def parse(raw: bytes) -> Any:
    """JSON in UTF-8. NaN is None. Raises BadJsonError."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=lambda name: None if name == "NaN" else float(name))
    except UnicodeDecodeError as error:
        raise BadJsonError("not UTF-8") from error
    except RecursionError as error:
        raise BadJsonError("no JSON: nested too deeply") from error
    except ValueError as error:
        raise BadJsonError(f"no JSON: {' '.join(str(error).split())[:80]}") from error


def any_like(folder: Path, keys: tuple[str, ...]) -> bool:
    """Whether some JSON file of a folder holds a value behind these keys; as many as LOOKED_AT are looked into."""
    files = json_files(folder)
    for path in files[:: max(1, len(files) // LOOKED_AT)]:
        try:
            if at(load(path), *keys) is not None:
                return True
        except BadJsonError:
            continue
    return False


def _unpacked(raw: bytes) -> bytes:
    try:
        unpacking = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_UNPACKING_BYTES)
        content = unpacking.decompress(raw, max_length=MOST_BYTES + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise BadJsonError(f"no XZ file: {error}") from error
    if len(content) <= MOST_BYTES and not unpacking.eof:
        raise BadJsonError("an XZ file that does not end")
    return content
