"""What reads a crawl: a folder here for each name that a batch's `source` may have, with all code that is its own.

It has `read_crawl(folder, named, formula)`, which returns a Crawl. What two sources share lies outside: a batch's
`ingest` depends on the folder of its own source.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from popularity.settings import Batch
from popularity.sources.crawl import Crawl


def read_batch(batch: Batch, formula: str) -> Crawl:
    """A batch's files, by its source's reader; formula names how a label comes from views (see `label_from_views`).

    Rows with errors are set aside and counted. Raises UserError where a file cannot be read as a whole.
    """
    read_crawl: Callable[..., Crawl] = import_module(f"{__name__}.{batch.source}").read_crawl
    return read_crawl(Path(batch.path), batch.files, formula)
