"""Photos in a batch's shards, as filter_links leaves them: each one grey, brighter at the right, by its pid."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from popularity.posts import PHOTOS, shard_path


def jpeg_of(pid: int, side: int = 40) -> bytes:
    """A ramp from left to right around a grey that tells the pid (of 0 to 199) from others."""
    ramp = np.linspace(0, 40, side)[None, :, None] + np.full((side, 1, 3), pid)
    buffer = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint8)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def write_photos(folder: Path, pids: Sequence[int], *, per_shard: int = 5, side: int = 40) -> Path:
    """Write shards of these pids, ascending; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(pids), per_shard)):
        some = pids[start : start + per_shard]
        photos = [{"pid": p, "sha256": "", "width": side, "height": side, "jpeg": jpeg_of(p, side)} for p in some]
        pq.write_table(pa.Table.from_pylist(photos, schema=PHOTOS), shard_path(folder, number), compression="none")
    return folder
