"""Labels that the champion's own figures were made of, beside what it expected of them: how far right ones may lie.

`<bundle>/reference/labels.parquet` holds the latest test rows, or where there are too few the latest training rows with
their out-of-fold predictions, oldest first: no part of the model that predicted them had seen their labels.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.errors import UserError
from popularity.models.baselines import UserMean
from popularity.posts import read_table

FILE = "labels.parquet"
SCHEMA = pa.schema(
    [
        ("pid", pa.int64()),
        ("uid", pa.int64()),
        ("label", pa.float64()),
        ("prediction", pa.float64()),  # the champion's
        ("user_mean", pa.float64()),  # of the user's training posts, without this one
    ]
)


@dataclass(frozen=True)
class KnownLabels:
    """Columns of SCHEMA, each of shape (n,), oldest first; n >= 1."""

    pid: IntArray
    uid: IntArray
    label: FloatArray
    prediction: FloatArray
    user_mean: FloatArray

    @property
    def by_prediction(self) -> bool:
        """Whether the champion's predictions come nearer to the labels than users' means do."""
        return bool(np.abs(self.label - self.prediction).mean() <= np.abs(self.label - self.user_mean).mean())

    @property
    def residual(self) -> FloatArray:
        """Labels over the nearer of the two, shape (n,)."""
        return self.label - (self.prediction if self.by_prediction else self.user_mean)

    def of(self, chosen: BoolArray) -> "KnownLabels":
        """Those of them, at least one."""
        return KnownLabels(**{name: getattr(self, name)[chosen] for name in SCHEMA.names})

    def expected(self, uid: IntArray, prediction: FloatArray, users: UserMean) -> FloatArray:
        """What the nearer of the two expects of later posts, shape (m,). users: the champion's."""
        return prediction if self.by_prediction else users.predict(uid[:, None])

    def save(self, folder: Path) -> None:
        """Write labels.parquet into an existing folder; the same bytes for the same labels."""
        frame = pd.DataFrame({name: getattr(self, name) for name in SCHEMA.names})
        table = pa.Table.from_pandas(frame, schema=SCHEMA, preserve_index=False).replace_schema_metadata(None)
        pq.write_table(table, folder / FILE, compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> "KnownLabels":
        """Read what `save` wrote. Raises UserError where an older bundle has none."""
        if not (folder / FILE).exists():
            raise UserError(
                f"{folder / FILE} is not there: the champion was made before labels were judged",
                next_step="run `dvc repro`, `popularity champion create`, `popularity champion promote VERSION`",
            )
        frame = read_table(folder / FILE)
        return cls(**{name: frame[name].to_numpy() for name in SCHEMA.names})
