"""The joined table that every model reads, and the two populations modelled side by side.

data/dataset.parquet has one row a post: pid, uid, batch, postdate, split, group, fold, has_photo, label
(training rows only, NaN elsewhere) and the standardised features in columns `x_<name>`. Features fitted on labels have
a further column for each fold, `without_<fold>_<name>`: what they are when nobody has seen that fold's labels; and
`<name>_naive`, what they are when everybody has seen all training labels, which one model reads to show what that does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.posts import read_table, write_table

POPULATIONS = ("all_posts", "posts_with_photo")
FEATURE = "x_"
NAIVE = "_naive"


def without(fold: int, name: str) -> str:
    """The column of a feature as it is when nobody has seen the fold's labels."""
    return f"without_{fold}_{name}"


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
    ]
)


@dataclass(frozen=True)
class Population:
    """The rows of one population, sorted by pid: n rows, d features."""

    name: str
    pid: IntArray  # (n,)
    uid: IntArray  # (n,)
    split: npt.NDArray[np.str_]  # (n,)
    fold: IntArray  # (n,), -1 off train
    label: FloatArray  # (n,), NaN off train
    features: FloatArray  # (n, d)
    feature_names: tuple[str, ...]  # d names, without the prefix
    label_fitted: Mapping[int, Mapping[str, FloatArray]]  # fold -> name -> (n,), those fitted on labels, without it
    naive: Mapping[str, FloatArray] = field(default_factory=dict)  # name -> (n,), those fitted on labels, with all

    @property
    def train(self) -> BoolArray:
        """Mask of the training rows, shape (n,)."""
        return np.asarray(self.split == "train")

    def features_without(self, fold: int | None) -> FloatArray:
        """The features, shape (n, d), of a model that is to be scored on a fold; None: of the one that sees all.

        A training row's own out-of-fold score still holds the labels of every other fold, the scored one too, and a
        model can read them off: so these scores are made anew without the fold.
        """
        if fold is None:
            return self.features
        return self._with(self.label_fitted[fold])

    def features_naive(self, _: int | None) -> FloatArray:
        """The features, shape (n, d), with scores that saw every training label, a scored fold's own too."""
        if not self.naive:
            raise ValueError(f"{self.name} has no naive scores")
        return self._with(self.naive)

    def _with(self, fitted: Mapping[str, FloatArray]) -> FloatArray:
        columns = [fitted.get(name, self.features[:, place]) for place, name in enumerate(self.feature_names)]
        return np.column_stack(columns)


@dataclass(frozen=True)
class Dataset:
    """data/dataset.parquet in memory."""

    frame: pd.DataFrame

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features in their frozen order."""
        return tuple(c.removeprefix(FEATURE) for c in self.frame.columns if c.startswith(FEATURE))

    def of(self, population: str) -> Population:
        """The rows of `all_posts` or of `posts_with_photo`."""
        if population not in POPULATIONS:
            raise ValueError(f"no population {population!r}")
        rows = self.frame if population == "all_posts" else self.frame[self.frame["has_photo"]]
        return Population(
            name=population,
            pid=rows["pid"].to_numpy(np.int64),
            uid=rows["uid"].to_numpy(np.int64),
            split=rows["split"].to_numpy().astype(str),
            fold=rows["fold"].to_numpy(np.int64),
            label=rows["label"].to_numpy(np.float64),
            features=rows[[FEATURE + name for name in self.feature_names]].to_numpy(np.float64),
            feature_names=self.feature_names,
            label_fitted={
                fold: {
                    name: rows[without(fold, name)].to_numpy(np.float64)
                    for name in self.feature_names
                    if without(fold, name) in rows.columns
                }
                for fold in np.unique(rows["fold"][rows["fold"] >= 0]).tolist()
            },
            naive={
                name: rows[name + NAIVE].to_numpy(np.float64)
                for name in self.feature_names
                if name + NAIVE in rows.columns
            },
        )


def read_dataset(path: Path) -> Dataset:
    """Read data/dataset.parquet; sorted by pid."""
    return Dataset(read_table(path))


def write_dataset(path: Path, frame: pd.DataFrame, feature_names: tuple[str, ...]) -> None:
    """Write the joined table: the columns of KEYS, `x_<name>` of each feature in order, then those fitted on labels."""
    fitted = sorted(column for column in frame.columns if column.startswith("without_") or column.endswith(NAIVE))
    columns = [*(FEATURE + name for name in feature_names), *fitted]
    schema = pa.schema([*KEYS, *(pa.field(column, pa.float64()) for column in columns)])
    write_table(path, frame, schema)
