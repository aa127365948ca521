"""Scores of posts, as they are written."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from popularity.errors import UserError
from popularity.exports import write_csv
from popularity.posts import write_table

SCORES = pa.schema(
    [
        ("pid", pa.int64()),
        ("prediction", pa.float64()),  # the label's unit
        ("low", pa.float64()),  # of the interval, the label's unit; empty where the bundle has none
        ("high", pa.float64()),
        ("count", pa.float64()),  # what the prediction is the logarithm of: views, say, a day where the label is so
        ("count_low", pa.float64()),
        ("count_high", pa.float64()),
        ("model", pa.string()),  # whose prediction it is
        ("version", pa.string()),  # of the bundle
        ("age_days", pa.float64()),  # how old the post is at the count that is predicted; empty: of no age
    ]
)

REASONS = pa.schema(
    [
        ("reasons", pa.string()),
        ("above_own", pa.float64()),  # share of the user's own training labels below the prediction; empty: none known
    ]
)
"""Columns more, of scores that say why."""


def write_scores(path: Path, scores: pd.DataFrame) -> None:
    """Write SCORES, and REASONS where these are there, sorted by pid, as Parquet or CSV: the path's ending says which.

    Raises UserError, with nothing written, for another ending.
    """
    refuse_other_endings(path)
    schema = pa.schema([*SCORES, *(field for field in REASONS if field.name in scores)])
    if path.suffix == ".parquet":
        write_table(path, scores, schema)
    else:
        write_csv(path, scores[schema.names].sort_values("pid"))


def refuse_other_endings(path: Path) -> None:
    """Raises UserError unless scores can be written to the path."""
    if path.suffix not in (".parquet", ".csv"):
        raise UserError(f"{path} ends neither with .parquet nor with .csv", next_step="name such a file")
