"""What each user's posts were like so far: a later post is compared as what it lies from there."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from popularity.arrays import IntArray
from popularity.posts import read_table

FILE = "past.parquet"
CLOCK = 24.0
OWN = (
    "tagcount", "titlelen", "deslen", "avgview", "tag_score", "title_score", "sentiment", "alive", "hour", "prediction",
    "unseen_tags", "unseen_words", "described",
)  # fmt: skip
"""Columns in which users differ; the photo's components besides. Others are a user's for good, or hardly anybody's."""


def is_own(column: str) -> bool:
    """Whether a column is compared as what it lies from the user's own past."""
    return column in OWN or column.startswith("embedding_")


@dataclass(frozen=True)
class Past:
    """means: of each user's known values, index uid, float64. Of hours those of their sine and cosine on the clock."""

    means: pd.DataFrame

    @classmethod
    def of(cls, levels: pd.DataFrame, uid: IntArray) -> "Past":
        """levels: as they came, a row a post, NaN where unknown. uid: of each row, shape (n,)."""
        own = levels[[name for name in map(str, levels) if is_own(name)]]
        if "hour" in own:
            angle = own["hour"] * (2 * np.pi / CLOCK)
            own = own.drop(columns="hour").assign(hour_sin=np.sin(angle), hour_cos=np.cos(angle))
        return cls(own.groupby(uid).mean())

    def over(self, levels: pd.DataFrame, uid: IntArray) -> pd.DataFrame:
        """The same table with own columns less the user's mean, hours -12 to 12 around the usual one.

        Where a user has no past in a column it is the mean of users' means.
        """
        expected = self.means.reindex(uid).fillna(self.means.mean()).set_axis(levels.index)
        over = {name: levels[name] - expected[name] for name in expected if name in levels}
        if "hour" in levels and "hour_sin" in expected:
            usual = np.arctan2(expected["hour_sin"], expected["hour_cos"]) * (CLOCK / (2 * np.pi))
            over["hour"] = (levels["hour"] - usual + CLOCK / 2) % CLOCK - CLOCK / 2
        return levels.assign(**{str(name): column for name, column in over.items()})

    def mean_of(self, column: str, uid: IntArray) -> float:
        """The mean of what `over` subtracts of a column, but hours. uid: of each row, shape (n,), n >= 1."""
        of_users = self.means[column]
        return float(of_users.reindex(uid).fillna(of_users.mean()).mean())

    def save(self, folder: Path) -> None:
        """Write past.parquet into an existing folder; the same bytes for the same means."""
        table = pa.Table.from_pandas(self.means.rename_axis("uid").reset_index(), preserve_index=False)
        pq.write_table(table.replace_schema_metadata(None), folder / FILE, compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> "Past":
        """Read what `save` wrote."""
        return cls(read_table(folder / FILE).set_index("uid"))
