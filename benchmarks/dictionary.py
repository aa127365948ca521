"""Both dictionaries on 432,000 posts (SMP-T1) with 9 tags and 4 title words each, in five folds."""

import json
import time

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.measure import peak_mb
from popularity.settings import Dictionary

POSTS, FOLDS = 432_000, 5
LENGTHS = {"tags": 9, "title": 4}
VOCABULARY = 200_000


def main() -> None:
    from popularity.encoders.dictionary import score_out_of_fold

    rng = np.random.default_rng(1)
    label, fold = rng.normal(6, 2, POSTS), rng.integers(0, FOLDS, POSTS)
    train = np.ones(POSTS, dtype=bool)
    columns = {name: tokens(length, rng) for name, length in LENGTHS.items()}
    start = time.perf_counter()
    for column in columns.values():
        score_out_of_fold(column, label, fold, train, Dictionary(min_count=5, smoothing=10.0))
    seconds = time.perf_counter() - start
    print(f"{POSTS:,} posts, {FOLDS} folds: {seconds:.1f} s, {peak_mb():,.0f} MB")
    print(json.dumps({"seconds": round(seconds, 2), "peak_mb": round(peak_mb(), 1)}))


def tokens(length: int, rng: np.random.Generator) -> "pd.Series[list[str]]":
    """A column as the text table gives it: token lists, words as common as words are (Zipf)."""
    ranks = np.minimum(rng.zipf(1.3, POSTS * length), VOCABULARY)
    words = pa.array([f"word{rank}" for rank in range(VOCABULARY + 1)]).take(pa.array(ranks))
    lists = pa.FixedSizeListArray.from_arrays(words, length).cast(pa.list_(pa.string()))
    found: pd.Series[list[str]] = pa.table({"tokens": lists}).to_pandas()["tokens"]
    return found


if __name__ == "__main__":
    main()
