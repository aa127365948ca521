"""Rows of data/dataset.parquet as the stage leaves them, with words and numbers drawn from a seed."""

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import BoolArray, IntArray
from popularity.dataset.photo_shape import SHAPE
from popularity.dataset.table import write_dataset
from popularity.settings import CON_SOC

GIVEN = [name for name in CON_SOC if not name.endswith("_score")]
WORDS = list("abcdefgh")


def dataset_rows(pid: IntArray, fold: IntArray, has_photo: BoolArray, *, seed: int = 0) -> pd.DataFrame:
    """A row a post, in 2014, of nine users; what is in no fold (-1) is a test post. Its first tag says its label."""
    rng, n, train = np.random.default_rng(seed), len(pid), fold >= 0
    numbers = pd.DataFrame({name: rng.poisson(20, n).astype(np.float64) for name in GIVEN})
    lists = {name: [list(rng.choice(WORDS, 2, replace=False)) for _ in pid] for name in ("tags", "title")}
    label = 6 + np.array([WORDS.index(words[0]) for words in lists["tags"]]) / 4 + rng.normal(0, 0.5, n)
    return numbers.assign(
        pid=pid, uid=np.arange(n) % 9, batch="demo", postdate=1_400_000_000 + 86_400 * np.arange(n),
        split=np.where(train, "train", "test"), group=np.where(train, pid, -1), fold=fold, has_photo=has_photo,
        label=np.where(train, label, np.nan), age_days=np.nan, **{SHAPE: np.where(has_photo, 0.5, np.nan)}, **lists,
    )  # fmt: skip


def write_rows(rows: pd.DataFrame) -> None:
    """Write them as the current project's data/dataset.parquet."""
    write_dataset(paths.DATASET, rows, [*GIVEN, SHAPE])
