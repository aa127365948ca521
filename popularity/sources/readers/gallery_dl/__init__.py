"""What gallery-dl leaves with --write-metadata: <file>.json beside each file, of Instagram or of Flickr.

A post of Instagram with several files has several (gallery_dl/extractor/instagram.py); the first photo stands for it.
"""

from pathlib import Path
from typing import Any

from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.captions import cells_of_caption
from popularity.sources.cells import text_of
from popularity.sources.crawl import Crawl
from popularity.sources.flickr import cells_of_photo, is_video
from popularity.sources.gathered import LIKES, VIDEO, VIEWS, refuse_other_unit
from popularity.sources.json_files import LOOKED_AT, BadJsonError, any_like, json_files, load
from popularity.sources.photo_files import PHOTOS
from popularity.sources.reading import Reading, refuse_none

COUNTED = {"instagram": LIKES, "flickr": VIEWS}
"""Sites that are read, by gallery-dl's category, and what they count."""

NO_POSTS = ("stories", "highlights", "avatar", "info")
"""Subcategories of Instagram."""


def recognises(folder: Path) -> bool:
    return any_like(folder, ("category",)) and any_like(folder, ("subcategory",))


def files(folder: Path, batch: Batch) -> list[Path]:
    return refuse_none(folder, json_files(folder), "JSON files of gallery-dl")


def counts(batch: Batch) -> str | None:
    for path in files(Path(batch.path), batch)[:LOOKED_AT]:
        try:
            content = load(path)
        except BadJsonError:
            continue
        if isinstance(content, dict) and content.get("category") in COUNTED:
            return COUNTED[content["category"]]
    return None


def read_crawl(batch: Batch, label: Label) -> Crawl:
    reading = Reading(Path(batch.path))
    posts: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
    sites = set()
    for path in files(reading.folder, batch):
        content = reading.json(path)
        site = text_of(content.get("category")) if isinstance(content, dict) else ""
        if site not in COUNTED:
            if content is not None:
                reading.pass_over(f"of {site}, which this source does not read" if site else "of other programs")
        elif site == "instagram" and (content.get("subcategory") in NO_POSTS or "post_id" not in content):
            reading.pass_over("of stories and avatars")
        else:
            sites.add(site)
            posts.setdefault(text_of(content.get("post_id", content.get("id"))), []).append((path, content))
    if len(sites) > 1:
        raise UserError(
            f"{batch.path} holds posts of Instagram and of Flickr, which count likes and views",
            next_step="make each site's folder a batch of its own",
        )
    for site in sites:
        refuse_other_unit(f"gallery_dl of {site}", COUNTED[site], batch.of or label.of)
    for parts in posts.values():
        _take(reading, sorted(parts, key=lambda part: (_number(part[1]), part[0])))
    return reading.crawl(batch, label)


def _take(reading: Reading, parts: list[tuple[Path, dict[str, Any]]]) -> None:
    """A post, from the metadata of each of its files."""
    photos = [(path, content) for path, content in parts if not _is_video(content)]
    if not photos:
        reading.leave_out(VIDEO)
        return
    path, content = photos[0]
    file = path.with_name(path.name.removesuffix(".json"))
    there = file.suffix.lower() in PHOTOS and file.is_file()
    cells = _of_instagram(content) if content["category"] == "instagram" else _of_flickr(content)
    reading.take(path, 1, cells | ({"image_url": reading.name(file)} if there else {}))


def _of_instagram(content: dict[str, Any]) -> dict[str, str]:
    return {
        "pid": text_of(content.get("post_id")),
        "uid": text_of(content.get("owner_id")),
        "postdate": text_of(content.get("post_date") or content.get("date")),
        "views": text_of(content.get("likes")),
        "image_url": text_of(content.get("display_url")),
        **cells_of_caption(text_of(content.get("description"))),
    }


def _of_flickr(content: dict[str, Any]) -> dict[str, str]:
    """As the API tells it; what gallery-dl adds is the date, in UTC, in words."""
    cells = cells_of_photo(content)
    return cells | {"postdate": cells["postdate"] or text_of(content.get("date"))}


def _is_video(content: dict[str, Any]) -> bool:
    return bool(content.get("video_url")) or is_video(content)


def _number(content: dict[str, Any]) -> int:
    number = content.get("num")
    return number if isinstance(number, int) else 0
