"""Answers of Flickr's API, kept as they came: a JSON file each, or one a line.

Searches and other lists of photos ({"photos": {"photo": [...]}}), getInfo ({"photo": {...}}), albums, and photos alone.
A photo may stand in several: pages of a search overlap, and getInfo tells more. It is one post then, with what the
latest answer that holds a value says.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from popularity.settings import Batch, Label
from popularity.sources.cells import at
from popularity.sources.crawl import Crawl
from popularity.sources.flickr import NOT_PUBLIC, cells_of_photo, is_public, is_video
from popularity.sources.gathered import FILE_DATE, VIDEO, VIEWS, refuse_other_unit
from popularity.sources.json_files import BadJsonError, any_like, json_files
from popularity.sources.json_lines import ENDINGS, lines
from popularity.sources.reading import Reading, refuse_none

LISTS = ("photos", "photoset")
LOOKED_AT = 3
"""Lines of a file that tell whether it holds photos of Flickr."""


def recognises(folder: Path) -> bool:
    if any(any_like(folder, (name, "photo")) for name in LISTS) or any_like(folder, ("photo", "secret")):
        return True
    return any(_are_photos(path) for path in _line_files(folder)[:LOOKED_AT])


def files(folder: Path, batch: Batch) -> list[Path]:
    return refuse_none(folder, [*json_files(folder), *_line_files(folder)], "JSON files of Flickr's API")


def counts(batch: Batch) -> str | None:
    return VIEWS


def read_crawl(batch: Batch, label: Label) -> Crawl:
    refuse_other_unit("flickr_api", VIEWS, batch.of or label.of)
    reading = Reading(Path(batch.path))
    posts: dict[str, tuple[Path, int, dict[str, str]]] = {}
    left_out: dict[str, str] = {}
    paths = files(reading.folder, batch)
    for path in sorted(paths, key=lambda path: (int(reading.date(path) or 0), path)):
        for row, photo in _photos_of(reading, path):
            cells = cells_of_photo(photo)
            pid = cells["pid"] or f"{path}:{row}"
            if is_video(photo) or not is_public(photo):
                left_out[pid] = VIDEO if is_video(photo) else NOT_PUBLIC
                continue
            found = {name: cell for name, cell in cells.items() if cell}
            if "views" in found:
                found[FILE_DATE] = reading.date(path)
            posts[pid] = (path, row, posts[pid][2] | found) if pid in posts else (path, row, found)
    for reason in left_out.values():
        reading.leave_out(reason)
    for pid, post in posts.items():
        if pid not in left_out:
            reading.take(*post)
    return reading.crawl(batch, label)


def _line_files(folder: Path) -> list[Path]:
    found = (path for ending in ENDINGS for path in folder.rglob(f"*{ending}"))
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _are_photos(path: Path) -> bool:
    first = next(lines(path), (0, None))[1]
    return any("secret" in photo for photo in _photos_in(first))


def _photos_of(reading: Reading, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The photos of a file, numbered by their order in it, or by their lines."""
    if path.name.endswith(ENDINGS):
        for number, value in lines(path):
            if isinstance(value, BadJsonError):
                reading.unread(path, number, str(value))
            yield from ((number, photo) for photo in _photos_in(value))
    else:
        found = list(_photos_in(content := reading.json(path)))
        if not found and content is not None:
            reading.pass_over("without a photo of Flickr")
        yield from enumerate(found, start=1)


def _photos_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _photos_in(one)
    elif isinstance(value, dict):
        for name in LISTS:
            for photo in at(value, name, "photo") or ():
                if isinstance(photo, dict):  # of an album: its owner stands beside the list
                    yield {"owner": at(value, name, "owner"), **photo}
        if isinstance(value.get("photo"), dict):
            yield value["photo"]
        elif "id" in value and ("secret" in value or "owner" in value):
            yield value
