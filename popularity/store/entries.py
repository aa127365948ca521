"""What the store keeps: answers, each under its key, and the bytes that came with them."""

import time
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What was asked; each kind has keys of its own form."""

    PHOTO = "photo"  # the key is the link
    CALL = "call"  # of an API, see `popularity.crawl.ledger`
    CRAWL = "crawl"  # the key is the crawl's name; what it was begun with, final once its batch is written


@dataclass(frozen=True)
class Entry:
    """An answer to be recorded.

    address: that answered, after redirects. outcome: in words. final: whether asking again could change nothing.
    content: the bytes as they came; None where none did. at: when it came, Unix seconds; None where nobody knows.
    """

    kind: Kind
    key: str
    address: str
    outcome: str
    final: bool
    content: bytes | None = None
    at: int | None = field(default_factory=lambda: int(time.time()))


@dataclass(frozen=True)
class Answer:
    """A recorded answer. sha256: of its bytes, 64 hex digits; "" where it has none.

    at: when it came, Unix seconds; None of answers that a version of the project recorded which kept no date.
    """

    key: str
    address: str
    outcome: str
    final: bool
    sha256: str
    at: int | None = None


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
