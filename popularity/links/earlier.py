"""What a version without a store has left of a batch becomes answers, so that an upgrade loses no photo.

Its photos, and the answers that came without bytes. Of bytes that came and were no photo, and of redirects to a
placeholder, it kept too little: those links are asked again.
"""

from collections.abc import Collection

import pandas as pd

from popularity import paths
from popularity.links.kept import Kept, wrap
from popularity.posts import photo_shards, read_table
from popularity.store.entries import Entry, Kind
from popularity.store.store import Writer
from popularity.web.reasons import FINAL, KEPT, Reason


def was_never_fetched(batch: str) -> bool:
    """Whether no version with a store has fetched this batch: not even the counts are there, which git keeps.

    Whoever deletes answers to ask anew is asked for no more, and gets no earlier photos instead.
    """
    return not paths.answers(batch).exists() and not paths.metrics("fetch", batch).exists()


def keep_earlier(batch: str, links: Collection[str], store: Writer) -> int:
    """Record what is known of these links; returns of how many. A shard of photos is in memory at a time."""
    if not paths.links(batch).is_file():
        return 0
    posts = read_table(paths.posts(batch), ["pid", "image_url"])
    known = posts[posts["image_url"].isin(links)].merge(read_table(paths.links(batch)), on="pid").set_index("pid")
    kept: set[str] = set()
    for shard in photo_shards(paths.photos(batch)):
        photos = read_table(shard, ["pid", "jpeg"]).set_index("pid").join(known, how="inner")
        photos = photos[~photos["image_url"].isin(kept)].drop_duplicates("image_url")
        store.record([_photo(row) for _, row in photos.iterrows()])
        kept |= set(photos["image_url"])
    came_without_bytes = ~known["alive"] & (known["sha256"] == "") & (known["reason"] != Reason.KNOWN_PLACEHOLDER)
    dead = known[came_without_bytes & ~known["image_url"].isin(kept)].drop_duplicates("image_url")
    store.record(
        [
            Entry(Kind.PHOTO, link, link, reason, reason in FINAL, at=None)
            for link, reason in zip(dead["image_url"], dead["reason"], strict=True)
        ]
    )
    return len(kept) + len(dead)


def _photo(row: "pd.Series") -> Entry:
    kept = Kept(row["sha256"], row["phash"], int(row["width"]), int(row["height"]), row["jpeg"])
    return Entry(Kind.PHOTO, row["image_url"], row["image_url"], KEPT, True, wrap(kept), at=None)
