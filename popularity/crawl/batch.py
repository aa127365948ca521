"""What a crawl leaves: a folder of data/inbox/ with posts.csv and, beside it, what no stage reads; COMPLETE is last."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from popularity import paths
from popularity.batches.inbox import COMPLETE
from popularity.batches.project import refuse_bad_name
from popularity.errors import UserError
from popularity.files import read_json, replacing, write_json
from popularity.links.gone import GONE
from popularity.settings import Read, Settings
from popularity.sources.recognise import POSTS
from popularity.web.reasons import Reason

ABOUT = "crawl.json"
"""How the crawl was made: by which endpoint, verb and choices, and what there is to tell."""

READINGS = "readings.csv"
"""Views as the crawl saw them: pid, views, seen (Unix seconds). No label; of old posts `revisit` makes one of them."""

COLUMNS = (
    "pid", "uid", "postdate", "commentcount", "haspeople", "titlelen", "deslen", "tagcount", "avgview", "groupcount",
    "avgmembercount", "alltags", "title", "description", "image_url",
)  # fmt: skip

GONE_BECAUSE = {1: Reason.GONE_POST, 2: Reason.PRIVATE_POST}
"""What code of photos.getInfo says what: 1 Photo not found, 2 Permission denied. The API tells no more."""


def refuse_taken(name: str) -> None:
    """Raises UserError where a batch cannot have this name, or another crawl has it."""
    refuse_bad_name(name)
    for folder in (paths.inbox(name), paths.raw(name), paths.quarantine(name)):
        if folder.exists():
            raise UserError(f"{folder} is there already", next_step="give the crawl another name: --name NAME")


def write_batch(
    name: str,
    posts: pd.DataFrame,
    *,
    readings: pd.DataFrame,
    gone: pd.DataFrame,
    about: Mapping[str, Any],
    read: Read,
    over_at: int,
) -> Path:
    """Write a crawl into the inbox; it appears whole or not at all. Returns its folder.

    posts: those of COLUMNS that there are. readings: pid, views, seen. gone: pid, reason. read: when avgview was.
    over_at: Unix seconds, which become the date of COMPLETE; 0: nobody was asked, and it is over now.
    """
    folder = paths.inbox(name)
    with replacing(folder) as temporary:
        temporary.mkdir()
        columns = [column for column in COLUMNS if column in posts]
        _write(temporary / POSTS, posts.sort_values("pid")[columns])
        _write(temporary / READINGS, readings.sort_values("pid"))
        if len(gone):
            _write(temporary / GONE, gone.sort_values("pid"))
        write_json(temporary / ABOUT, about)
        (temporary / COMPLETE).write_text(read)
        if over_at:
            os.utime(temporary / COMPLETE, (over_at, over_at))
    return folder


def flickr_batches(settings: Settings) -> list[str]:
    """The batches of params.yaml that were asked of the endpoint that it names, in its order.

    The ids of another one, of the local Flickr say, name other posts.
    """
    endpoint = settings.crawl.flickr.endpoint
    return [name for name, batch in settings.batches.items() if _endpoint(Path(batch.path) / ABOUT) == endpoint]


def _endpoint(about: Path) -> object:
    return read_json(about).get("endpoint") if about.is_file() else None


def _write(path: Path, table: pd.DataFrame) -> None:
    table.to_csv(path, index=False, lineterminator="\n")
