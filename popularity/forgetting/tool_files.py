"""Files of crawls that are no CSV: which of them tell of the people, and what is left of one without them."""

import json
import lzma
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from popularity.forgetting.dated import replacing_dated
from popularity.settings import Batch
from popularity.sources.cells import at, text_of
from popularity.sources.flickr import cells_of_photo
from popularity.sources.json_files import ENDINGS as JSON
from popularity.sources.json_files import BadJsonError, json_files, load
from popularity.sources.json_lines import ENDINGS as LINES
from popularity.sources.json_lines import lines
from popularity.sources.readers.flickr_export import NAMED, NAMELESS, PHOTO, PROFILE, path_alias
from popularity.sources.readers.parquet import ENDING as PARQUET


@dataclass(frozen=True)
class Post:
    """A post as a file tells it; "" where it does not."""

    pid: str
    uid: str
    link: str = ""


Goes = Callable[[Post], bool]


@dataclass(frozen=True)
class Held:
    """A file that tells of the people. posts: those that go. do: write it without them; None: it goes as a whole.

    beside: files that are theirs with it.
    """

    file: Path
    posts: int
    do: Callable[[], None] | None = None
    beside: tuple[Path, ...] = ()


def column_of(batch: Batch | None, ours: str) -> str:
    """What a batch's files call one of our columns."""
    return ((batch.columns if batch else None) or {}).get(ours, ours)


def held_by_files(folder: Path, batch: Batch, goes: Goes) -> Iterator[Held]:
    """What the files of a batch that are no CSV hold. A file that cannot be read is none of these."""
    match batch.source:
        case "json_lines":
            yield from _held_by_lines(folder, partial(_mapped, batch=batch), goes)
        case "parquet":
            yield from _held_by_tables(folder, batch, goes)
        case "flickr_api":
            yield from _held_by_lines(folder, _photo_alone, goes)
            yield from _held_by_answers(folder, goes)
        case "instaloader" | "gallery_dl" | "flickr_export":
            yield from _held_beside_photos(folder, batch.source, goes)


def posts_told(folder: Path, batch: Batch) -> Iterator[Post]:
    """Every post that the files of a batch that are no CSV tell of."""
    found: list[Post] = []

    def noted(post: Post) -> bool:
        found.append(post)
        return False

    for _ in held_by_files(folder, batch, noted):
        pass
    yield from found


def text_in(path: Path) -> str | None:
    """What a packed file says, as text; None where it cannot be read."""
    with suppress(BadJsonError, OSError, ValueError, pa.ArrowException):
        if path.name.endswith(JSON):
            return json.dumps(load(path), ensure_ascii=False)
        if path.name.endswith(PARQUET):
            return " ".join(text_of(cell) for row in pq.read_table(path).to_pylist() for cell in row.values())
    return None


def _mapped(value: Any, batch: Batch) -> Post | None:
    if not isinstance(value, dict):
        return None
    names = (column_of(batch, ours) for ours in ("pid", "uid", "image_url"))
    return Post(*(text_of(value.get(name, at(value, *name.split(".")))) for name in names))


def _photo_alone(value: Any) -> Post | None:
    """A line that is one photo of Flickr, or getInfo's answer; others are lists, of which none can be cut a line."""
    inner = value["photo"] if isinstance(value, dict) and isinstance(value.get("photo"), dict) else value
    return _photo(inner) if isinstance(inner, dict) and "id" in inner else None


def _photo(value: dict[str, Any]) -> Post:
    cells = cells_of_photo(value)
    return Post(cells["pid"], cells["uid"], cells["image_url"])


def _held_by_lines(folder: Path, read: Callable[[Any], Post | None], goes: Goes) -> Iterator[Held]:
    for path in sorted(path for path in folder.rglob("*") if path.name.endswith(LINES) and path.is_file()):
        found = ((number, read(value)) for number, value in lines(path) if not isinstance(value, BadJsonError))
        gone = {number for number, post in found if post is not None and goes(post)}
        if gone:
            yield Held(path, len(gone), partial(_drop_lines, path, gone))


def _drop_lines(path: Path, gone: set[int]) -> None:
    with path.open("rb") as file, replacing_dated(path) as temporary, temporary.open("wb") as left:
        left.writelines(line for number, line in enumerate(file, start=1) if number not in gone)


def _held_by_tables(folder: Path, batch: Batch, goes: Goes) -> Iterator[Held]:
    names = [column_of(batch, ours) for ours in ("pid", "uid", "image_url")]
    for path in sorted(folder.rglob(f"*{PARQUET}")):
        with suppress(OSError, ValueError, pa.ArrowException):
            there = [name for name in names if name in pq.read_schema(path).names]
            rows = pq.read_table(path, columns=there).to_pylist()
            gone = np.array([goes(Post(*(text_of(row.get(name)) for name in names))) for row in rows], dtype=bool)
            if gone.any():
                yield Held(path, int(gone.sum()), partial(_drop_rows, path, gone))


def _drop_rows(path: Path, gone: "np.ndarray[Any, np.dtype[np.bool_]]") -> None:
    table = pq.read_table(path)
    with replacing_dated(path) as temporary:
        pq.write_table(table.filter(pa.array(~gone)), temporary, compression="zstd")


def _held_by_answers(folder: Path, goes: Goes) -> Iterator[Held]:
    """JSON as Flickr's API answers: entries of lists go; an answer that is of one photo goes as a whole."""
    for path in json_files(folder):
        with suppress(BadJsonError):
            content = load(path)
            alone = _photo_alone(content)
            if alone is not None and goes(alone):
                yield Held(path, 1)
                continue
            gone: list[Post] = []
            left = _without(content, goes, gone, "")
            if gone:
                yield Held(path, len(gone), partial(_write, path, left))


def _without(value: Any, goes: Goes, gone: list[Post], owner: str) -> Any:
    """The JSON without photos that go, which are noted. owner: of an album, which stands beside its list."""
    if isinstance(value, dict):
        owner = text_of(value.get("owner")) if isinstance(value.get("photo"), list) else owner
        return {key: _without(one, goes, gone, owner) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    kept = []
    for one in value:
        post = _photo({"owner": owner, **one}) if isinstance(one, dict) and "id" in one else None
        if post is not None and goes(post):
            gone.append(post)
        else:
            kept.append(_without(one, goes, gone, owner))
    return kept


def _write(path: Path, content: Any) -> None:
    written = json.dumps(content, ensure_ascii=False).encode()
    with replacing_dated(path) as temporary:
        temporary.write_bytes(lzma.compress(written) if path.name.endswith(".xz") else written)


def _held_beside_photos(folder: Path, source: str, goes: Goes) -> Iterator[Held]:
    """Tools that write a file a post, and its photos beside it."""
    owner = _owner(folder) if source == "flickr_export" else ""
    media = _media(folder) if source == "flickr_export" else {}
    for path in json_files(folder):
        with suppress(BadJsonError):
            post = _post_of(source, path, load(path), owner)
            if post is None or not goes(post):
                continue
            if source == "flickr_export":
                yield Held(path, 1, beside=media.get(post.pid, ()))
            else:
                pictures = () if post.pid else tuple(sorted(path.parent.glob("*_profile_pic.*")))
                yield Held(path, 1, beside=(*_beside(path, source), *pictures))


def _post_of(source: str, path: Path, content: Any, owner: str) -> Post | None:
    """The post, or profile, that a file tells of."""
    match source:
        case "instaloader":
            node, kind = at(content, "node"), at(content, "instaloader", "node_type")
            if not isinstance(node, dict):
                return None
            if kind == "Profile":  # its pictures lie beside it under a date
                return Post("", text_of(node.get("id")))
            pid = text_of(node.get("id") or node.get("shortcode") or node.get("code"))
            return Post(pid, text_of(at(node, "owner", "id")), text_of(node.get("display_url")))
        case "gallery_dl" if isinstance(content, dict):
            if content.get("category") == "flickr":
                return _photo(content)
            return Post(*(text_of(content.get(name)) for name in ("post_id", "owner_id", "display_url")))
        case "flickr_export" if isinstance(content, dict):
            if not PHOTO.fullmatch(path.name):
                return Post("", owner)  # albums, comments and the profile are the account's
            whose = owner or path_alias(text_of(content.get("photopage")))
            return Post(text_of(content.get("id")), whose, text_of(content.get("original")))
    return None


def _owner(folder: Path) -> str:
    for profile in sorted(folder.rglob(PROFILE)):
        with suppress(BadJsonError):
            return text_of(at(load(profile), "nsid"))
    return ""


def _media(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The files of each photo and video of an archive."""
    found: dict[str, tuple[Path, ...]] = {}
    for path in sorted(folder.rglob("*")):
        named = NAMELESS.search(path.stem) or NAMED.search(path.stem)
        if named and path.is_file() and path.suffix != JSON[0]:
            found[named[1]] = (*found.get(named[1], ()), path)
    return found


def _beside(path: Path, source: str) -> tuple[Path, ...]:
    """Files that a tool wrote with a post's: photos, videos, captions, comments."""
    stem = path.name.removesuffix(JSON[1]).removesuffix(JSON[0])
    if source == "gallery_dl":
        return tuple(file for file in (path.with_name(stem),) if file.is_file())
    name = re.compile(rf"{re.escape(stem)}(_\d+|_comments)?\.\w+(\.xz)?")
    return tuple(file for file in sorted(path.parent.iterdir()) if name.fullmatch(file.name) and file != path)
