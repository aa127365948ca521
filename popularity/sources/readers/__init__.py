"""What reads a crawl: a folder here for each name that a batch's `source` may have, with all code that is its own.

It has `read_crawl(batch, label)`, which returns a Crawl. All but the paper's layout and the demo also have, for
`batches add` and `batches inspect`:
    recognises(folder)   whether the folder looks like a crawl of this form
    files(folder, batch) the files that tell its posts; UserError where there is none
    counts(batch)        what they count: likes, views, or None, which may be anything
What two sources share lies outside: a batch's `ingest` depends on the folder of its own source.
"""

from collections.abc import Callable
from importlib import import_module

from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl


def read_batch(batch: Batch, label: Label) -> Crawl:
    """A batch's files, by its source's reader. label: how and when views become one (see `complete_labels`).

    Rows with errors are set aside and counted. Raises UserError where a file cannot be read as a whole.
    """
    read_crawl: Callable[[Batch, Label], Crawl] = import_module(f"{__name__}.{batch.source}").read_crawl
    return read_crawl(batch.model_copy(update={"of": batch.of or label.of}), label)
