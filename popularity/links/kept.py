"""A photo as an earlier version of the project kept it: a small JPEG, the bytes as they came let go.

What that version knew of those bytes lies in a line of JSON before the JPEG, so that copies of the photo are still
found, and the tables are what they were.
"""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Kept:
    """sha256, phash, width, height: of the bytes as they came, as the links table has them."""

    sha256: str
    phash: str
    width: int
    height: int
    jpeg: bytes


def wrap(kept: Kept) -> bytes:
    """What the store keeps of it."""
    head = {name: value for name, value in asdict(kept).items() if name != "jpeg"}
    return json.dumps(head).encode() + b"\n" + kept.jpeg


def unwrap(content: bytes) -> Kept:
    """What `wrap` was given."""
    head, _, jpeg = content.partition(b"\n")
    return Kept(**json.loads(head), jpeg=jpeg)
