"""Pictures that a host sends for photos that are gone: they look like photos, and only a whole batch tells."""

from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from popularity.posts import photo_shards
from popularity.settings import FilterLinks
from popularity.web.reasons import KEPT, OK, Reason


def find_placeholders(
    posts: pd.DataFrame, links: pd.DataFrame, answers: pd.DataFrame, settings: FilterLinks
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which posts' links led to a placeholder, shape (posts,).

    posts: columns pid, uid, image_url. links: the links table, in the posts' order. answers: link, address, outcome.
    The links into the batch's folder count as one host's.
    """
    frame = posts[["uid", "image_url"]].assign(sha256=links["sha256"].where(links["alive"], "").to_numpy())
    frame["host"] = frame["image_url"].map(_host)
    by_address = frame["image_url"].isin(_redirected_alike(answers, settings.placeholder_redirects))
    by_bytes = pd.MultiIndex.from_frame(frame[["host", "sha256"]]).isin(_pictures_of_too_many(frame, settings))
    return (links["alive"].to_numpy() & (by_address.to_numpy() | by_bytes)).astype(bool)


def as_placeholders(links: pd.DataFrame, found: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> pd.DataFrame:
    """The links table with these rows dead."""
    dead = {"alive": False, "reason": str(Reason.PLACEHOLDER), "phash": "", "width": 0, "height": 0}
    return links.assign(**{column: links[column].mask(found, value) for column, value in dead.items()})


def drop_photos(shards: Path, pids: pd.Series) -> None:
    """Write the shards anew without the photos of these posts. A shard is in memory at a time."""
    for shard in photo_shards(shards) if len(pids) else ():
        photos = pq.read_table(shard)
        kept = photos.filter(pc.invert(pc.is_in(photos["pid"], pa.array(pids))))
        pq.write_table(kept, shard, compression="none")


def _host(link: str) -> str:
    """Of a link; "" of one into the batch's folder, and of what is no address."""
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""


def _redirected_alike(answers: pd.DataFrame, least: int) -> pd.Series:
    """Links of one host that redirect to one address, where there are so many of them."""
    moved = answers[(answers["address"] != answers["link"]) & answers["outcome"].isin([OK, KEPT])]
    hosts = moved["link"].map(_host)
    return moved.loc[moved.groupby([hosts, "address"])["link"].transform("size") >= least, "link"]


def _pictures_of_too_many(frame: pd.DataFrame, settings: FilterLinks) -> list[tuple[str, str]]:
    """Host and SHA-256 of what many links of many users show, by a factor more than they show any ordinary picture."""
    shown = frame[frame["sha256"] != ""].groupby(["host", "sha256"])
    counts = shown.agg(links=("image_url", "nunique"), users=("uid", "nunique"))
    many = (counts["links"] >= settings.placeholder_links) & (counts["users"] >= settings.placeholder_users)
    ordinary = counts["links"].mask(many).groupby(level="host").transform("max").fillna(1)
    found: list[tuple[str, str]] = counts.index[
        many & (counts["links"] >= settings.placeholder_factor * ordinary)
    ].tolist()
    return found
