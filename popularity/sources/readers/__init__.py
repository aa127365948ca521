"""What reads a crawl: a folder here for each name that a batch's `source` may have, with all code that is its own.

It has `read_crawl(folder, named, formula, min_age_days, crawled)`, which returns a Crawl. What two sources share lies
outside: a batch's `ingest` depends on the folder of its own source.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl


def read_batch(batch: Batch, label: Label) -> Crawl:
    """A batch's files, by its source's reader. label: how and when views become one (see `complete_labels`).

    Rows with errors are set aside and counted. Raises UserError where a file cannot be read as a whole.
    """
    read_crawl: Callable[..., Crawl] = import_module(f"{__name__}.{batch.source}").read_crawl
    return read_crawl(Path(batch.path), batch.files, label.formula, label.min_age_days, batch.crawled)
