"""The joined table that every model reads, and the two populations modelled side by side.

data/dataset.parquet has one row a post: the columns of KEYS, and what is known of the post: its numbers, as the profile
may see them, token lists in `tags` and `title`, and what else was read of its words. But for the label, which training
rows alone have (NaN elsewhere), nothing in it saw a label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.posts import read_table, write_table

POPULATIONS = ("all_posts", "posts_with_photo")

KEYS = pa.schema(
    [
        ("pid", pa.int64()),
        ("uid", pa.int64()),
        ("batch", pa.string()),
        ("postdate", pa.int64()),
        ("split", pa.string()),  # train, test or pending
        (
            "group",
            pa.int64(),
        ),  # pid of the first post of which this is a copy; its own pid when of none; -1 off train
        ("fold", pa.int64()),  # -1 off train
        ("has_photo", pa.bool_()),
        ("label", pa.float64()),  # NaN off train
        # How old the post was when its label was read, on test rows too: views after how many days is what a model is
        # asked. On pending rows the horizon that params name. NaN where nobody says.
        ("age_days", pa.float64()),
    ]
)
TOKEN_LISTS = ("tags", "title")
NOT_EVIDENCE = ("batch", "split", "group", "fold", "has_photo", "label")
"""What no model may read of a post that is to be scored."""


@dataclass(frozen=True)
class Population:
    """The rows of one population, sorted by pid: n rows, out of N of all posts."""

    name: str
    everyone: pd.DataFrame  # data/dataset.parquet, numbered from 0
    member: BoolArray  # (N,), which of these rows are the population's

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The population's own rows, numbered from 0."""
        return self.everyone[self.member].reset_index(drop=True)

    @property
    def pid(self) -> IntArray:
        """Shape (n,)."""
        return self.rows["pid"].to_numpy(np.int64)

    @property
    def uid(self) -> IntArray:
        """Shape (n,)."""
        return self.rows["uid"].to_numpy(np.int64)

    @property
    def split(self) -> npt.NDArray[np.str_]:
        """Shape (n,)."""
        return self.rows["split"].to_numpy().astype(str)

    @property
    def fold(self) -> IntArray:
        """Shape (n,), -1 off train."""
        return self.rows["fold"].to_numpy(np.int64)

    @property
    def label(self) -> FloatArray:
        """Shape (n,), NaN off train."""
        return self.rows["label"].to_numpy(np.float64)

    @property
    def train(self) -> BoolArray:
        """Mask of the training rows, shape (n,)."""
        return np.asarray(self.split == "train")

    @property
    def ages_known(self) -> bool:
        """Whether it is known of every training label how old its post was when it was read."""
        return bool(self.rows.loc[self.train, "age_days"].notna().all())


@dataclass(frozen=True)
class Dataset:
    """data/dataset.parquet in memory."""

    frame: pd.DataFrame

    @property
    def usual_age_days(self) -> float:
        """The median age of training posts when their labels were read; NaN where no label says it."""
        return float(self.frame.loc[self.frame["split"] == "train", "age_days"].median())

    def of(self, population: str) -> Population:
        """The rows of `all_posts` or of `posts_with_photo`."""
        if population not in POPULATIONS:
            raise ValueError(f"no population {population!r}")
        everyone = self.frame.reset_index(drop=True)
        member = everyone["has_photo"].to_numpy(bool) | (population == "all_posts")
        return Population(population, everyone, member)


def read_dataset(path: Path) -> Dataset:
    """Read data/dataset.parquet; sorted by pid."""
    return Dataset(read_table(path))


def write_dataset(path: Path, frame: pd.DataFrame, numbers: Sequence[str]) -> None:
    """Write the joined table: the columns of KEYS, then these numbers (float64), then the token lists."""
    given = [name for name in numbers if name not in KEYS.names]
    lists = [pa.field(name, pa.list_(pa.string())) for name in TOKEN_LISTS]
    write_table(path, frame, pa.schema([*KEYS, *(pa.field(name, pa.float64()) for name in given), *lists]))
