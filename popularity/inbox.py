"""The way of a new crawl: data/inbox/<batch>/ when it comes, data/quarantine/<batch>/ when it is refused.

A crawl is whole once its folder holds a file named COMPLETE. It stays in the inbox until everything about it is on
record, so that a run that was killed finds it again.
"""

import shutil
from pathlib import Path

from popularity import paths
from popularity.batches import add_batch, discard_copy, remove_batch
from popularity.errors import UserError
from popularity.settings import FilePair, load_settings

COMPLETE = "COMPLETE"
POSTS = "posts.csv"
"""What a crawl without labels calls its posts; else it has the names of the paper's files."""


def waiting() -> list[str]:
    """Names of the whole crawls in the inbox, sorted."""
    return sorted(marker.parent.name for marker in paths.INBOX.glob(f"[!.]*/{COMPLETE}"))


def admit(batch: str) -> None:
    """Make a crawl of the inbox a batch of the DAG; again after an interruption, and nothing when it is one.

    Raises UserError where the inbox holds no such whole crawl, or as `add_batch`.
    """
    folder = paths.inbox(batch)
    if not (folder / COMPLETE).is_file():
        raise UserError(
            f"{folder} holds no whole crawl", next_step=f"put it there, and an empty file {COMPLETE} in it at last"
        )
    if batch in load_settings().batches:
        return
    discard_copy(batch)
    pairs = (FilePair(data=POSTS),) if (folder / POSTS).is_file() else ()
    add_batch(batch, source="smp", path=folder, pairs=pairs)


def settle(batch: str) -> None:
    """Take a crawl that is on record out of the inbox; its copy in data/raw/ is the batch's."""
    shutil.rmtree(paths.inbox(batch))


def quarantine(batch: str) -> Path:
    """Take a refused crawl out of the DAG, with all that was made of it, and set it aside; returns where it lies.

    What lay there from an earlier try is replaced.
    """
    if batch in load_settings().batches:
        remove_batch(batch)
    else:
        discard_copy(batch)
    target = paths.quarantine(batch)
    if paths.inbox(batch).is_dir():
        target.mkdir(parents=True, exist_ok=True)
        crawl = target / "crawl"
        if crawl.exists():
            shutil.rmtree(crawl)
        paths.inbox(batch).rename(crawl)
    return target
