"""Photos in a batch's shards of which each is a grey, brighter at the right, that its pid decides."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kit.stored_photos import jpeg, write_shard


def jpeg_of(pid: int) -> bytes:
    """A ramp of 40 from left to right that starts at the pid, of 0 to 215."""
    ramp = np.linspace(0, 40, 40)[None, :, None] + np.full((40, 1, 3), pid)
    return jpeg(ramp.astype(np.uint8))


def write_photos(folder: Path, pids: Sequence[int], *, per_shard: int = 5) -> Path:
    """Write shards of these pids, ascending; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(pids), per_shard)):
        write_shard(folder, number, {pid: jpeg_of(pid) for pid in pids[start : start + per_shard]})
    return folder
