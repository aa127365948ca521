"""The photos' embeddings on disk: data/embeddings/<batch>/ with embeddings.npy, pids.npy and meta.json."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from popularity.arrays import HalfArray, IntArray
from popularity.errors import UserError
from popularity.files import telling

MATRIX = "embeddings.npy"  # float16, shape (n, d)
PIDS = "pids.npy"  # int64, shape (n,), ascending
META = "meta.json"  # backbone, the SHA-256 of its weights, the runtime with its version, length, rows


def read_embeddings(folder: Path) -> tuple[IntArray, HalfArray]:
    """Read a batch's pids, shape (n,), ascending, and its embeddings, shape (n, d), mapped and not loaded.

    Raises UserError where the folder lacks them, or they are not whole.
    """
    try:
        with telling(folder):
            pids = np.load(folder / PIDS)
            matrix = np.load(folder / MATRIX, mmap_mode="r" if len(pids) else None)
    except FileNotFoundError as error:
        raise UserError(f"{error.filename} is not there", next_step="run `dvc repro`, which writes it") from error
    return pids, matrix


def gather(pids: IntArray, folders: Sequence[Path]) -> HalfArray:
    """The embeddings of these posts, shape (n, d), a row for each of `pids` in their order.

    Raises UserError where a post has none in any folder, or where backbones of unlike length made them.
    """
    batches = [read_embeddings(folder) for folder in folders]
    lengths = {matrix.shape[1] for _, matrix in batches}
    if len(lengths) > 1:
        raise UserError("batches hold embeddings of unlike length", next_step="run `dvc repro image_embeddings`")
    rows = np.empty((len(pids), lengths.pop() if lengths else 0), dtype=np.float16)
    found = np.zeros(len(pids), dtype=bool)
    for batch_pids, matrix in batches:
        here = np.isin(pids, batch_pids)
        rows[here] = matrix[np.searchsorted(batch_pids, pids[here])]
        found |= here
    if not found.all():
        raise UserError(
            f"{(~found).sum()} posts with a photo have no embedding, the first is pid {pids[~found][0]}",
            next_step="run `dvc repro image_embeddings`",
        )
    return rows
