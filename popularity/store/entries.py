"""What the store keeps: answers, each under its key, and the bytes that came with them."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was asked; each kind has keys of its own form."""

    PHOTO = "photo"  # the key is the link


@dataclass(frozen=True)
class Entry:
    """An answer to be recorded.

    address: that answered, after redirects. outcome: in words. final: whether asking again could change nothing.
    content: the bytes as they came; None where none did.
    """

    kind: Kind
    key: str
    address: str
    outcome: str
    final: bool
    content: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """A recorded answer. sha256: of its bytes, 64 hex digits; "" where it has none."""

    key: str
    address: str
    outcome: str
    final: bool
    sha256: str


@dataclass(frozen=True)
class Place:
    """Where bytes lie: in the pack of that number, so many from its start, so many."""

    pack: int
    start: int
    length: int

    @property
    def end(self) -> int:
        """The first byte after them."""
        return self.start + self.length
