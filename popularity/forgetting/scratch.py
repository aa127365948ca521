"""What .work/ keeps to make long work resumable: embeddings by the photo's bytes, and what was printed."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.lib.recfunctions import repack_fields

from popularity import paths
from popularity.files import delete
from popularity.forgetting.files import json_steps
from popularity.forgetting.steps import Step
from popularity.forgotten import Forgotten
from popularity.images.chunks import HASH, Chunks, HashArray
from popularity.posts import photo_shards, read_table


def scratch_steps(batches: list[str], forgotten: Forgotten) -> Iterator[Step]:
    """Embeddings of their photos, all logs, marks that name them, and sets of `popularity paper-tables`."""
    hashes = _hashes_of_theirs(batches, forgotten)
    for file in sorted(paths.CHUNKS.glob("*/*.npy")) if len(hashes) else ():
        records = np.load(file, allow_pickle=False)
        gone = np.isin(records["sha256"], hashes)
        if gone.any():
            yield Step(str(file), f"{gone.sum():,} embeddings", partial(_rewrite, file, hashes))
    if logs := [file for file in paths.LOGS.glob("*") if file.is_file()]:
        yield Step(str(paths.LOGS), f"{len(logs):,} logs, whatever they name", partial(delete, paths.LOGS))
    for left in sorted(paths.WORK.glob(f".{paths.PAPER_TABLES.name}.*.tmp")):
        yield Step(str(left), "projects of `popularity paper-tables`, whose run goes with them", partial(delete, left))
    yield from json_steps(sorted([*paths.MARKS.glob("*.json"), *paths.FAILURES.glob("*.json")]), forgotten)


def _hashes_of_theirs(batches: list[str], forgotten: Forgotten) -> HashArray:
    """SHA-256 of stored photos of theirs. What another post shows too is embedded again."""
    found = []
    for shard in [shard for batch in batches for shard in photo_shards(paths.photos(batch))]:
        if (gone := forgotten.of_posts(read_table(shard, ["pid"])["pid"])).any():
            found += [hashlib.sha256(jpeg).digest() for jpeg in read_table(shard, ["jpeg"]).loc[gone, "jpeg"]]
    return np.array(found, dtype=HASH)


def _rewrite(file: Path, hashes: HashArray) -> None:
    """Put a file without these photos in the place of one; it has another name, which tells its content."""
    records = repack_fields(np.load(file, allow_pickle=False))
    kept = records[~np.isin(records["sha256"], hashes)]
    if len(kept):
        chunks = Chunks(file.parent, kept["embedding"].shape[1])
        chunks.add(kept["sha256"], kept["embedding"])
    file.unlink()
