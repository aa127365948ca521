"""The report's contact sheet: photos of test posts, those predicted highest and lowest and those most wrong.

Photos are small and lie inside the page, which so stays one file that loads nothing.
"""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import regex
from PIL import Image

from popularity import paths
from popularity.arrays import IntArray
from popularity.errors import UserError
from popularity.images.damaged import bring_back
from popularity.posts import photo_shards, read_table

PICTURES = 12
"""Of each strip, at most; and of few posts at most half, or the highest would be the lowest too."""
SIDE_PX = 160
"""Longest side of a thumbnail; four strips of ordinary photos add about 0.3 MB to the page."""
JPEG_QUALITY = 80
TITLE_LENGTH = 80
"""Characters of a title that are kept."""
CONTROL = regex.compile(r"\p{Cc}")


@dataclass(frozen=True)
class Picture:
    """A post as the sheet shows it; predicted and observed in the label's unit."""

    pid: int
    title: str
    predicted: float
    observed: float
    thumbnail: str  # a data URI


def draw_strips(table: pd.DataFrame, model: str) -> dict[str, list[Picture]]:
    """Strips by name (highest, lowest, too_high, too_low), each with the most extreme first; none without a test post.

    table: the scored table of posts with a photo. model: whose predictions are shown, a column of it.
    Reads titles and photos of test posts in the current project. Raises UserError where a photo is not there.
    """
    table = table.assign(predicted=table[model])
    chosen = choose(table[table["split"] == "test"])
    shown = pd.concat([table.iloc[:0], *chosen.values()]).drop_duplicates("pid")
    pictures = {picture.pid: picture for batch, posts in shown.groupby("batch") for picture in _draw(str(batch), posts)}
    return {name: [pictures[pid] for pid in posts["pid"]] for name, posts in chosen.items()}


def choose(posts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The posts of each strip; ties by pid. A strip that would be empty is left out.

    posts: columns pid, predicted, observed, and what else there is.
    """
    posts = posts.assign(error=posts["predicted"] - posts["observed"])
    strips = {
        "highest": posts.sort_values(["predicted", "pid"], ascending=[False, True]),
        "lowest": posts.sort_values(["predicted", "pid"]),
        "too_high": posts[posts["error"] > 0].sort_values(["error", "pid"], ascending=[False, True]),
        "too_low": posts[posts["error"] < 0].sort_values(["error", "pid"]),
    }
    length = min(PICTURES, max(1, len(posts) // 2))
    return {name: strip.head(length) for name, strip in strips.items() if len(strip)}


def _draw(batch: str, posts: pd.DataFrame) -> Iterator[Picture]:
    titles = read_table(paths.posts(batch), ["pid", "title"]).set_index("pid")["title"]
    photos = dict(read_photos(paths.photos(batch), posts["pid"].to_numpy(np.int64)))
    for pid, predicted, observed in zip(
        *(posts[name].tolist() for name in ("pid", "predicted", "observed")), strict=True
    ):
        if pid not in photos:
            raise UserError(
                f"{paths.photos(batch)} does not hold the photo of pid {pid}",
                next_step="run `dvc repro`, which writes it together with data/links/",
            )
        yield Picture(pid, shorten(titles[pid]), predicted, observed, photos[pid])


def read_photos(folder: Path, pids: IntArray) -> Iterator[tuple[int, str]]:
    """Pid and thumbnail of the posts, shape (n,), that have a photo in a batch's folder of shards.

    Of a row group with none of them, only the pids are read. Raises UserError where a photo does not decode.
    """
    for shard in photo_shards(folder):
        with pq.ParquetFile(shard) as file:
            for group in range(file.num_row_groups):
                there = file.read_row_group(group, columns=["pid"])["pid"].to_numpy()
                rows = np.flatnonzero(np.isin(there, pids))
                if not len(rows):
                    continue
                jpegs = file.read_row_group(group, columns=["jpeg"])["jpeg"].take(rows)
                for pid, jpeg in zip(there[rows].tolist(), jpegs, strict=True):
                    try:
                        yield pid, make_thumbnail(jpeg.as_py())
                    except OSError as error:
                        raise UserError(
                            f"{shard}: the photo of pid {pid} does not decode: {error}",
                            next_step=bring_back(folder),
                        ) from error


def make_thumbnail(photo: bytes) -> str:
    """A data URI of the photo at SIDE_PX on its longest side, never larger than it is.

    Raises OSError where the bytes are no photo.
    """
    with Image.open(io.BytesIO(photo)) as image:
        image.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))  # decodes a large JPEG at a half, quarter or eighth
        small = image.convert("RGB")
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    stored = io.BytesIO()
    small.save(stored, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stored.getvalue()).decode("ascii")


def shorten(title: str) -> str:
    """The title on one line without control characters, its first TITLE_LENGTH characters where it is longer."""
    line = " ".join(CONTROL.sub(" ", title).split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
