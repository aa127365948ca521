"""Links chunk by chunk as a row of the links table a post, and the photos that are there. No socket is opened."""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from popularity.links.decoders import Decoders
from popularity.links.folder import Folder, is_remote
from popularity.links.kept import Kept, unwrap
from popularity.links.photos import Photo, refuse_size
from popularity.links.recorded import Answers, Recorded
from popularity.posts import LINKS, PHOTOS, shard_path
from popularity.settings import FilterLinks
from popularity.store.costly import Costly
from popularity.web.reasons import KEPT, OK, NoPhotoError, Reason


@dataclass(frozen=True)
class Checked:
    """What a link led to. photo: None where it is not alive, and then reason says why."""

    reason: str = ""
    sha256: str = ""
    photo: Photo | None = None

    def link_row(self, pid: int) -> dict[str, Any]:
        row = {"pid": pid, "alive": self.photo is not None, "reason": self.reason, "sha256": self.sha256}
        if self.photo is None:
            return row | {"phash": "", "width": 0, "height": 0}
        return row | {"phash": self.photo.phash, "width": self.photo.width, "height": self.photo.height}


@dataclass(frozen=True)
class Reader:
    """Where the bytes behind links come from, and what is made of them.

    folder: what relative links are relative to. answers: of the other links. max_bytes: of the largest photo.
    decoders: what reads the photos. costly: remembers those that ran out of time or memory; None: nobody does.
    """

    folder: Folder
    answers: Answers
    settings: FilterLinks
    max_bytes: int
    decoders: Decoders
    costly: Costly | None = None

    def read_photo(self, content: bytes, sha256: str, settings: FilterLinks) -> Photo:
        """As `Decoders.read`; one that ran out before is not tried again."""
        limits = {"seconds": settings.decode_s, "mb": settings.decode_mb}
        if self.costly is not None and self.costly.known(sha256, **limits):
            raise NoPhotoError(Reason.TOO_COSTLY)
        try:
            return self.decoders.read(content, settings)
        except NoPhotoError as gone:
            if self.costly is not None and gone.reason == Reason.TOO_COSTLY:
                self.costly.note(sha256, **limits)
            raise


def check_posts(posts: pd.DataFrame, reader: Reader, shards: Path) -> pd.DataFrame:
    """Check every post's link and write the photos that are there as shards into `shards`, a folder made here.

    posts: columns pid and image_url, sorted by pid.
    Returns the links table in the posts' order. At most `shard_rows` stored photos are in memory at a time.
    Raises UserError where the answers lack a link or its bytes.
    """
    shards.mkdir()
    tables, written = [], 0
    size = reader.settings.shard_rows
    with tqdm(total=len(posts), desc="filter_links", unit="post") as bar:
        for start in range(0, len(posts), size):
            links, photos = check_chunk(posts.iloc[start : start + size], reader, bar.update)
            tables.append(links)
            if photos.num_rows:
                _write_shard(photos, shard_path(shards, written))
                written += 1
    if not written:
        _write_shard(PHOTOS.empty_table(), shard_path(shards, 0))
    return pd.concat(tables) if tables else LINKS.empty_table().to_pandas()


def check_chunk(chunk: pd.DataFrame, reader: Reader, advance: Callable[[int], object]) -> tuple[pd.DataFrame, pa.Table]:
    """Check some posts' links, a link that several posts share once; keeps nothing between calls.

    advance: called with the number of posts that a finished link belongs to.
    Returns the links table and the photos table, both in the chunk's order whatever finished first.
    """
    uses = {str(link): int(n) for link, n in chunk["image_url"].value_counts(sort=False).items()}
    checked: dict[str, Checked] = {}
    remote = [link for link in uses if is_remote(link)]
    # A thread for each decoder, and one to have the next photo at hand; a thread holds one original at a time.
    with ThreadPoolExecutor(len(reader.decoders) + 1) as threads, reader.answers.of(remote) as answers:
        for link, found in zip(uses, threads.map(partial(_check, reader, answers), uses), strict=True):
            checked[link] = found
            advance(uses[link])
    rows = [(int(pid), checked[link]) for pid, link in zip(chunk["pid"], chunk["image_url"], strict=True)]
    photos = [
        {
            "pid": pid,
            "sha256": found.sha256,
            "width": found.photo.stored_width,
            "height": found.photo.stored_height,
            "jpeg": found.photo.jpeg,
        }
        for pid, found in rows
        if found.photo
    ]
    links = pd.DataFrame([found.link_row(pid) for pid, found in rows], columns=LINKS.names)
    return links, pa.Table.from_pylist(photos, schema=PHOTOS)


def counts(links: pd.DataFrame) -> dict[str, Any]:
    """Rows in, rows out (alive) and rows dropped by reason, in order of the reasons."""
    dropped = links.loc[links["reason"] != "", "reason"].value_counts().sort_index()
    return {
        "rows_in": len(links),
        "rows_out": len(links) - int(dropped.sum()),
        "dropped": {str(reason): int(n) for reason, n in dropped.items()},
    }


def _check(reader: Reader, answers: Mapping[str, Recorded], link: str) -> Checked:
    try:
        if is_remote(link):
            return _check_answer(answers[link], reader)
        return _decode(reader.folder.read(link, reader.max_bytes), reader)
    except NoPhotoError as gone:
        return Checked(gone.reason)


def _check_answer(answer: Recorded, reader: Reader) -> Checked:
    if answer.redirected and any(part in answer.address for part in reader.settings.placeholders):
        return Checked(Reason.KNOWN_PLACEHOLDER)
    if answer.outcome not in (OK, KEPT):
        return Checked(answer.outcome)
    content = answer.read()
    if len(content) > reader.max_bytes:
        return Checked(Reason.TOO_LARGE)
    if answer.outcome == KEPT:
        return _check_kept(unwrap(content), reader)
    return _decode(content, reader)


def _check_kept(kept: Kept, reader: Reader) -> Checked:
    """Its JPEG stays as it is, and is encoded again only where it has to shrink."""
    settings = reader.settings
    if kept.sha256 in settings.placeholder_sha256:
        return Checked(Reason.PLACEHOLDER, kept.sha256)
    refuse_size(kept.width, kept.height, settings)
    any_width = settings.model_copy(update={"min_px": 1})  # a panorama's shorter side may be less
    stored = reader.read_photo(kept.jpeg, kept.sha256, any_width)
    if max(stored.width, stored.height) <= settings.store_px:
        stored = replace(stored, jpeg=kept.jpeg)
    return Checked(sha256=kept.sha256, photo=replace(stored, width=kept.width, height=kept.height, phash=kept.phash))


def _decode(content: bytes, reader: Reader) -> Checked:
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 in reader.settings.placeholder_sha256:
        return Checked(Reason.PLACEHOLDER, sha256)
    try:
        return Checked(sha256=sha256, photo=reader.read_photo(content, sha256, reader.settings))
    except NoPhotoError as gone:
        return Checked(gone.reason, sha256)


def _write_shard(photos: pa.Table, path: Path) -> None:
    pq.write_table(photos, path, compression="none")  # JPEG does not compress
