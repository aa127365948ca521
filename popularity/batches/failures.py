"""How often a crawl could not be taken in, for a reason that is not its own fault as far as anybody knows."""

from popularity import paths
from popularity.files import read_json, write_json

MOST = 3
"""Runs that may fail before the crawl is set aside: one night's full disk is none of its own, three nights are."""


def count_failure(batch: str, reason: str) -> int:
    """Put on record that a run failed; returns how many in a row have."""
    reasons = [*_reasons(batch), reason]
    write_json(paths.failures(batch), reasons)
    return len(reasons)


def forget_failures(batch: str) -> None:
    """The crawl was taken in, or set aside."""
    paths.failures(batch).unlink(missing_ok=True)


def _reasons(batch: str) -> list[str]:
    return list(read_json(paths.failures(batch))) if paths.failures(batch).exists() else []
