"""Which batches have all their tables: one that a stage has failed for has not, and keeps the others from nothing."""

from collections.abc import Iterable

from popularity import paths

TABLES = (paths.posts, paths.labels, paths.links, paths.text, paths.embeddings)


def whole_batches(batches: Iterable[str]) -> list[str]:
    """Those of the batches whose tables are all there, in their order: what is joined, compared with and bundled."""
    return [batch for batch in batches if all(table(batch).exists() for table in TABLES)]
