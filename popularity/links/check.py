"""Check posts' links chunk by chunk: one row of the links table a post, and the photos that are there."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from popularity.links.fetch import download, is_remote, open_client, read_file
from popularity.links.photos import Photo, read_photo
from popularity.links.reasons import NoPhotoError
from popularity.posts import LINKS, PHOTOS, shard_path
from popularity.settings import FilterLinks


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


def check_posts(posts: pd.DataFrame, folder: Path, settings: FilterLinks, shards: Path) -> pd.DataFrame:
    """Check every post's link and write the photos that are there as shards into `shards`, a folder made here.

    posts: columns pid and image_url, sorted by pid. folder: what relative links are relative to.
    Returns the links table in the posts' order. At most `shard_rows` stored photos are in memory at a time.
    """
    shards.mkdir()
    tables, written = [], 0
    with tqdm(total=len(posts), desc="filter_links", unit="post") as bar:
        for start in range(0, len(posts), settings.shard_rows):
            chunk = posts.iloc[start : start + settings.shard_rows]
            links, photos = check_chunk(chunk, folder, settings, bar.update)
            tables.append(links)
            if photos.num_rows:
                _write_shard(photos, shard_path(shards, written))
                written += 1
    if not written:
        _write_shard(PHOTOS.empty_table(), shard_path(shards, 0))
    return pd.concat(tables) if tables else LINKS.empty_table().to_pandas()


def check_chunk(
    chunk: pd.DataFrame, folder: Path, settings: FilterLinks, advance: Callable[[int], object]
) -> tuple[pd.DataFrame, pa.Table]:
    """Check some posts' links, a link that several posts share once; keeps nothing between calls.

    advance: called with the number of posts that a finished link belongs to.
    Returns the links table and the photos table, both in the chunk's order whatever finished first.
    """
    uses = chunk["image_url"].value_counts(sort=False)
    checked = asyncio.run(_check_links({str(link): int(n) for link, n in uses.items()}, folder, settings, advance))
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


async def _check_links(
    uses: dict[str, int], folder: Path, settings: FilterLinks, advance: Callable[[int], object]
) -> dict[str, Checked]:
    # A slot is held until the photo is shrunk, so that originals in memory are bounded as connections are.
    slots = asyncio.Semaphore(settings.concurrency)
    loop = asyncio.get_running_loop()

    async def check(link: str, client: httpx.AsyncClient, threads: ThreadPoolExecutor) -> Checked:
        async with slots:
            if is_remote(link):
                try:
                    content = await download(client, link, settings)
                except NoPhotoError as gone:
                    return Checked(gone.reason)
                return await loop.run_in_executor(threads, _decode, content, settings)
            return await loop.run_in_executor(threads, _check_file, folder, link, settings)

    async def counted(link: str, client: httpx.AsyncClient, threads: ThreadPoolExecutor) -> Checked:
        checked = await check(link, client, threads)
        advance(uses[link])
        return checked

    with ThreadPoolExecutor(os.cpu_count()) as threads:  # Pillow decodes outside the GIL
        async with open_client(settings) as client:
            found = await asyncio.gather(*(counted(link, client, threads) for link in uses))
    return dict(zip(uses, found, strict=True))


def _check_file(folder: Path, link: str, settings: FilterLinks) -> Checked:
    try:
        content = read_file(folder, link, settings.max_bytes)
    except NoPhotoError as gone:
        return Checked(gone.reason)
    return _decode(content, settings)


def _decode(content: bytes, settings: FilterLinks) -> Checked:
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        return Checked(sha256=sha256, photo=read_photo(content, settings))
    except NoPhotoError as gone:
        return Checked(gone.reason, sha256)


def _write_shard(photos: pa.Table, path: Path) -> None:
    pq.write_table(photos, path, compression="none")  # JPEG does not compress
