"""The tables of the DAG: columns, dtypes and units; read whole, written atomically, sorted by pid.

Numbers that a source may leave empty are float64 with NaN. Text is never null: empty is "".
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from popularity.errors import UserError
from popularity.files import replacing, telling

DAY = 86_400

POSTS = pa.schema(
    [
        ("pid", pa.int64()),
        ("uid", pa.int64()),
        ("postdate", pa.int64()),  # Unix seconds, UTC
        ("commentcount", pa.float64()),  # known only after posting
        ("haspeople", pa.float64()),  # 0 or 1
        ("titlelen", pa.float64()),  # characters
        ("deslen", pa.float64()),  # characters
        ("tagcount", pa.float64()),
        ("avgview", pa.float64()),  # the user's mean views
        ("groupcount", pa.float64()),  # groups the user is in
        ("avgmembercount", pa.float64()),  # their mean size
        ("alltags", pa.string()),  # as popularity.encoders.tokens splits them
        ("title", pa.string()),
        ("description", pa.string()),
        ("image_url", pa.string()),  # relative to the batch's folder, or http(s)
    ]
)
"""What was known at posting (and commentcount, which was not)."""

NOT_SAID = frozenset({"nan", "NaN", "None", "null", "NULL", "<NA>"})
"""What programs write into a column of text where they have none: no word."""


def said(text: str) -> str:
    """The text; "" where it only stands for one that is missing."""
    return "" if text.strip() in NOT_SAID else text


LABELS = pa.schema(
    [
        ("pid", pa.int64()),
        ("label", pa.float64()),  # logarithm to base 2 of a count; NaN while pending
        ("views", pa.float64()),  # the count where the source has it
        ("postdate", pa.int64()),  # Unix seconds, UTC
        ("seen", pa.float64()),  # Unix seconds, UTC, when it was read
        ("age_days", pa.float64()),  # seen less postdate; NaN where nobody says when the label was read
        ("given_split", pa.string()),  # "train", "test", or "" when the source names none
    ]
)

ANSWERS = pa.schema(
    [
        ("link", pa.string()),
        ("address", pa.string()),  # that answered, after redirects; the link itself where there were none
        ("outcome", pa.string()),  # "ok", or why no photo came
        ("sha256", pa.string()),  # of the bytes in the store; "" when none came
        ("final", pa.bool_()),  # false: `popularity links retry` asks again
    ]
)
"""What the web answered, one row a link that leads there; sorted by link."""

LINKS = pa.schema(
    [
        ("pid", pa.int64()),
        ("alive", pa.bool_()),
        ("reason", pa.string()),  # why not; "" when alive
        ("sha256", pa.string()),  # of the bytes as they came; "" when none came
        ("phash", pa.string()),  # 64-bit perceptual hash in hex; "" when not alive, or too flat for one
        ("width", pa.int32()),  # pixels as they came; 0 when not alive
        ("height", pa.int32()),
    ]
)

PHOTOS = pa.schema(
    [
        ("pid", pa.int64()),
        ("sha256", pa.string()),  # of the bytes as they came
        ("width", pa.int32()),  # pixels as stored
        ("height", pa.int32()),
        ("jpeg", pa.binary()),  # RGB, longest side at most filter_links.store_px
    ]
)
"""One shard of a batch's photos: `part-00000.parquet` and on, pids ascending through the shards."""


def shard_path(folder: Path, number: int) -> Path:
    """Where the photos folder keeps its shard of that number, from 0."""
    return folder / f"part-{number:05d}.parquet"


def photo_shards(folder: Path) -> list[Path]:
    """The shards of a photos folder, in order; at least one, which is empty when no photo is there."""
    return sorted(folder.glob("part-*.parquet"))


PREDICTIONS = pa.schema(
    [
        ("population", pa.string()),  # "all_posts" or "posts_with_photo"
        ("pid", pa.int64()),
        ("prediction", pa.float64()),  # out-of-fold on training rows, plain on test and pending rows
    ]
)

UNDER_PROTOCOLS = pa.schema(
    [
        ("protocol", pa.string()),
        ("population", pa.string()),
        ("model", pa.string()),
        ("pid", pa.int64()),
        ("prediction", pa.float64()),  # by a fit that did not learn from the post
    ]
)
"""Predictions of training posts under other protocols than the paper's, each post once; some have none."""

TEST_LABELS = pa.schema([("pid", pa.int64()), ("label", pa.float64())])


def worth_of_looks(
    seen: "pd.Series[float]", postdate: "pd.Series[int]", horizon_days: float | None
) -> "pd.Series[float]":
    """Which of several looks at a post's views gives its label: that of the highest worth; NaN without a date.

    seen, postdate: Unix seconds. The nearest to the horizon, and the latest where there is none.
    """
    return seen if horizon_days is None else -(seen - postdate - horizon_days * DAY).abs()


def write_table(path: Path, frame: pd.DataFrame, schema: pa.Schema) -> None:
    """Write a table with exactly the schema's columns, sorted by pid (answers: by link), atomically.

    Raises ValueError where a column is missing or does not convert without loss.
    """
    missing = set(schema.names) - set(frame.columns)
    if missing:
        raise ValueError(f"{path}: columns missing: {', '.join(sorted(missing))}")
    keys = [name for name in ("protocol", "population", "pid", "link") if name in schema.names]
    ordered = frame[schema.names].sort_values(keys, kind="stable")
    table = pa.Table.from_pandas(ordered, schema=schema, preserve_index=False).replace_schema_metadata(None)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_table(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table that a stage wrote, whole or some of its columns.

    Raises UserError when the file is not there, or is not whole.
    """
    if not path.exists():
        raise UserError(f"{path} is not there", next_step="run `dvc repro`, which writes it")
    with telling(path):
        frame: pd.DataFrame = pq.read_table(path, columns=columns).to_pandas()
    return frame
