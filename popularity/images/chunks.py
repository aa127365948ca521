"""Finished embeddings, kept in chunks so that no photo is ever embedded twice: what a run that was killed goes on from.

A folder for each network, `.work/embeddings/<key>/`, holds files of up to CHUNK photos each: a numpy array of records
(the SHA-256 of a stored JPEG's bytes, its embedding). A file is named by the SHA-256 of its key and content: so one
that is not whole, or belongs to another network, is known by its name.
"""

import hashlib
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from popularity.arrays import HalfArray, IntArray
from popularity.files import replacing

CHUNK = 256  # photos: what a kill costs at most, a minute of the slowest network on two cores

HashArray = npt.NDArray[np.bytes_]
HASH = np.dtype("S32")
"""A SHA-256. numpy drops trailing zero bytes when it hands one out, but neither when it stores nor compares them."""


def key_of(facts: Mapping[str, object]) -> str:
    """A name for what decides a photo's numbers: the SHA-256 of it all as JSON."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class Chunks:
    """The finished embeddings of one network: 40 bytes of memory a photo, the numbers stay on disk.

    A photo has a place: its row in all chunks one after another.
    """

    def __init__(self, folder: Path, length: int) -> None:
        """Read which photos are there. folder: named by the key; made by the first `add`. length: of an embedding.

        Each file is read once and its checksum compared; one that is not what its name says is deleted and told.
        """
        self._folder = folder
        self._record = np.dtype([("sha256", HASH), ("embedding", np.float16, (length,))])
        self._files: list[Path] = []
        self._hashes: list[HashArray] = []
        for file in sorted(folder.glob("*.npy")):
            content = file.read_bytes()
            if file.stem == self._name(content):
                self._append(file, np.load(io.BytesIO(content), allow_pickle=False)["sha256"])
            else:
                file.unlink()
                print(f"note: {file} is not as it was written; its photos are embedded again", file=sys.stderr)

    def find(self, hashes: HashArray) -> IntArray:
        """The place of each photo, shape (n,), -1 where it is not there."""
        places = np.full(len(hashes), -1, dtype=np.int64)
        if not self._hashes:
            return places
        known = np.concatenate(self._hashes)
        order = np.argsort(known, kind="stable")
        nearest = order[np.searchsorted(known, hashes, sorter=order).clip(max=len(known) - 1)]
        found = known[nearest] == hashes
        places[found] = nearest[found]
        return places

    def add(self, hashes: HashArray, embeddings: HalfArray) -> None:
        """Keep the embeddings, shape (n, length), of n photos: a whole new file, or none where this is cut off."""
        records = np.empty(len(hashes), dtype=self._record)
        records["sha256"], records["embedding"] = hashes, embeddings
        buffer = io.BytesIO()
        np.save(buffer, records, allow_pickle=False)
        file = self._folder / f"{self._name(buffer.getvalue())}.npy"
        with replacing(file) as temporary:
            temporary.write_bytes(buffer.getvalue())
        self._append(file, hashes)

    def read(self, places: IntArray) -> HalfArray:
        """The embeddings at some places, shape (n, length)."""
        rows = np.empty((len(places), *self._record["embedding"].shape), dtype=np.float16)
        starts = np.cumsum([0, *(len(hashes) for hashes in self._hashes)])
        chunk = np.searchsorted(starts, places, side="right") - 1
        for number in np.unique(chunk):
            # Mapped for this block alone: pages that stayed mapped would count as this process's memory.
            mapped = np.load(self._files[number], mmap_mode="r")
            here = chunk == number
            rows[here] = mapped["embedding"][places[here] - starts[number]]
        return rows

    def _append(self, file: Path, hashes: HashArray) -> None:
        self._files.append(file)
        self._hashes.append(hashes.copy())

    def _name(self, content: bytes) -> str:
        digest = hashlib.sha256(f"{self._folder.name}\n".encode())
        digest.update(content)
        return digest.hexdigest()
