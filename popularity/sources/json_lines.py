"""Files with a JSON value on each line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from popularity.errors import UserError
from popularity.sources.json_files import BadJsonError, parse

ENDINGS = (".jsonl", ".ndjson", ".jsonlines")
MOST_BYTES = 16 * 2**20
"""Of a line: as a field of a CSV file."""


def lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Number and value of each line that is not empty; a BadJsonError in place of one that is no JSON.

    Raises UserError where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(MOST_BYTES + 1):
                number += 1
                if len(raw) > MOST_BYTES:
                    yield number, BadJsonError(f"a line of more than {MOST_BYTES / 1e6:.0f} MB")
                    while raw and not raw.endswith(b"\n"):
                        raw = file.readline(MOST_BYTES)
                elif raw.strip():
                    yield number, _parsed(raw)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", next_step="make it readable") from error


def _parsed(raw: bytes) -> Any:
    try:
        return parse(raw)
    except BadJsonError as error:
        return error
