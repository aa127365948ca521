"""What forgetting is made of: what lies somewhere of the people, and how it goes from there."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One place that holds something. Done again, or after a kill, it ends in the same files."""

    place: str
    holds: str  # what of theirs, in words
    do: Callable[[], None]

    def __str__(self) -> str:
        return f"{self.place}: {self.holds}"
