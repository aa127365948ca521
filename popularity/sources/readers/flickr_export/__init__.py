"""The archive that Flickr sends the owner of an account, unpacked: photo_<id>.json, account_profile.json, files.

A photo's file is called <name>_<id>_o.jpg, or <id>_<secret>_o.jpg where it has no name.
"""

import re
from pathlib import Path
from typing import Any

from popularity.settings import Batch, Label
from popularity.sources.cells import at, text_of
from popularity.sources.crawl import Crawl
from popularity.sources.flickr import NOT_PUBLIC
from popularity.sources.gathered import VIDEO, VIEWS, refuse_other_unit
from popularity.sources.json_files import json_files
from popularity.sources.photo_files import PHOTOS
from popularity.sources.reading import Reading, refuse_none

PHOTO = re.compile(r"photo_\d+\.json")
PROFILE = "account_profile.json"
NAMED = re.compile(r"_(\d+)(?:_o)?$")
NAMELESS = re.compile(r"^(\d+)_[0-9a-f]+(?:_o)?$")
OF_VIDEOS = (".mp4", ".mov", ".avi", ".m4v", ".mpg", ".wmv", ".3gp")


def recognises(folder: Path) -> bool:
    return any(PHOTO.fullmatch(path.name) for path in folder.rglob("photo_*.json"))


def files(folder: Path, batch: Batch) -> list[Path]:
    found = [path for path in json_files(folder) if PHOTO.fullmatch(path.name)]
    return refuse_none(folder, found, "photo_<id>.json, as Flickr's archive of an account does")


def counts(batch: Batch) -> str | None:
    return VIEWS


def read_crawl(batch: Batch, label: Label) -> Crawl:
    refuse_other_unit("flickr_export", VIEWS, batch.of or label.of)
    reading = Reading(Path(batch.path))
    found = files(reading.folder, batch)
    owner = _owner(reading)
    media = _media(reading.folder)
    for path in found:
        photo = reading.json(path)
        if isinstance(photo, dict):
            _take(reading, path, photo, owner, media)
        elif photo is not None:
            reading.unread(path, 1, "no JSON object")
    for path in json_files(reading.folder):
        if not PHOTO.fullmatch(path.name):
            reading.pass_over("of the account, its albums and comments")
    return reading.crawl(batch, label)


def _take(reading: Reading, path: Path, photo: dict[str, Any], owner: str, media: dict[str, Path]) -> None:
    pid = text_of(photo.get("id"))
    file = media.get(pid)
    if file is not None and file.suffix.lower() in OF_VIDEOS:
        reading.leave_out(VIDEO)
    elif text_of(photo.get("privacy", "public")) != "public":
        reading.leave_out(NOT_PUBLIC)
    else:
        tags = photo.get("tags")
        listed = [at(tag, "tag") if isinstance(tag, dict) else tag for tag in tags] if isinstance(tags, list) else []
        cells = {
            "pid": pid,
            "uid": owner or path_alias(text_of(photo.get("photopage"))),
            "postdate": text_of(photo.get("date_imported")),
            "commentcount": text_of(photo.get("count_comments")),
            "title": text_of(photo.get("name")),
            "description": text_of(photo.get("description")),
            "alltags": text_of(listed),
            "views": text_of(photo.get("count_views")),
            "image_url": reading.name(file) if file else text_of(photo.get("original")),
        }
        reading.take(path, 1, cells)


def _owner(reading: Reading) -> str:
    """The account's id, where the archive's profile is there."""
    profiles = sorted(reading.folder.rglob(PROFILE))
    return text_of(at(reading.json(profiles[0]), "nsid")) if profiles else ""


def path_alias(page: str) -> str:
    """Whose photo it is, from the address of its page: .../photos/<alias>/<id>/."""
    found = re.search(r"/photos/([^/]+)/", page)
    return found[1] if found else ""


def _media(folder: Path) -> dict[str, Path]:
    """The file of each photo and video, by its id."""
    media = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (*PHOTOS, *OF_VIDEOS) and (
            named := NAMELESS.search(path.stem) or NAMED.search(path.stem)
        ):
            media[named[1]] = path
    return media
