"""Copies among 200,000 posts with a photo: all unlike, 20,000 copies of one meme, and 20,000 unlike in one bucket."""

import json
import time

import numpy as np
import pandas as pd

from benchmarks.measure import peak_mb
from popularity.dataset.copies import PARTS, copy_groups

POSTS, ALIKE = 200_000, 20_000


def main() -> None:
    rng = np.random.default_rng(1)
    figures = {}
    for case in ("unlike", "meme", "bucket"):
        posts = with_hashes(hashes(case, rng))
        start = time.perf_counter()
        groups = len(np.unique(copy_groups(posts)))
        figures[case] = round(time.perf_counter() - start, 2)
        print(f"{case}: {POSTS:,} posts, {groups:,} groups: {figures[case]:.1f} s")
    print(json.dumps({"seconds": figures, "peak_mb": round(peak_mb(), 1)}))


def hashes(case: str, rng: np.random.Generator) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    """A hash a post; those that are alike lie among the others. A bucket: the hashes that share one part."""
    found = rng.integers(0, 2**64, POSTS, dtype=np.uint64)
    alike = rng.choice(POSTS, ALIKE, replace=False)
    if case == "meme":  # each stored again, so that one bit or two turned
        bits = np.uint64(1) << rng.integers(0, 64, (2, ALIKE), dtype=np.uint64)
        found[alike] = found[0] ^ bits[0] ^ bits[1]
    if case == "bucket":
        found[alike] &= ~np.uint64((1 << PARTS[0][1]) - 1)
    return found


def with_hashes(values: "np.ndarray[tuple[int], np.dtype[np.uint64]]") -> pd.DataFrame:
    """Posts of as many photos, in the order of their dates."""
    pid = np.arange(POSTS)
    return pd.DataFrame(
        {
            "pid": pid,
            "postdate": pid,
            "sha256": [f"{one:064x}" for one in pid],
            "phash": [f"{one:016x}" for one in values.tolist()],
            "width": 320,
            "height": 240,
        }
    )


if __name__ == "__main__":
    main()
