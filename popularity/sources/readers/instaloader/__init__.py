"""What Instaloader leaves: a JSON or JSON.xz file a post, its photos beside it, and one a profile.

A file holds {"node": what Instagram told, "instaloader": {"version", "node_type"}} (instaloader/structures.py,
`get_json_structure`); a post's photos have its name, and `_1`, `_2` and on where there are several.
"""

from pathlib import Path
from typing import Any

from popularity.settings import Batch, Label
from popularity.sources.captions import cells_of_caption
from popularity.sources.cells import at, text_of
from popularity.sources.crawl import Crawl
from popularity.sources.gathered import LIKES, VIDEO, refuse_other_unit
from popularity.sources.json_files import ENDINGS, any_like, json_files
from popularity.sources.photo_files import PhotoFiles
from popularity.sources.reading import Reading, refuse_none

OTHERS = {
    "Profile": "of profiles",
    "StoryItem": "of stories",
    "Hashtag": "of hashtags",
    "FrozenNodeIterator": "that say where a crawl is to go on",
}
NOT_OURS = "of other programs, or comments"


def recognises(folder: Path) -> bool:
    return any_like(folder, ("instaloader", "node_type"))


def files(folder: Path, batch: Batch) -> list[Path]:
    return refuse_none(folder, json_files(folder), "JSON files of Instaloader")


def counts(batch: Batch) -> str | None:
    return LIKES


def read_crawl(batch: Batch, label: Label) -> Crawl:
    refuse_other_unit("instaloader", LIKES, batch.of or label.of)
    reading = Reading(Path(batch.path))
    photos = PhotoFiles()
    profiles: dict[str, Any] = {}
    for path in files(reading.folder, batch):
        content = reading.json(path)
        kind, node = at(content, "instaloader", "node_type"), at(content, "node")
        match kind:
            case "Post" if isinstance(node, dict):
                _take(reading, photos, path, node)
            case "Profile":
                profiles[text_of(at(node, "id"))] = node
                reading.pass_over(OTHERS[kind])
            case _ if content is not None:
                reading.pass_over(OTHERS.get(text_of(kind), NOT_OURS))
    reading.complete("uid", {uid: _of_profile(node) for uid, node in profiles.items()})
    return reading.crawl(batch, label)


def _take(reading: Reading, photos: PhotoFiles, path: Path, node: dict[str, Any]) -> None:
    if node.get("is_video") is True or node.get("__typename") == "GraphVideo":
        reading.leave_out(VIDEO)
        return
    photo = photos.beside(path, path.name.removesuffix(ENDINGS[1]).removesuffix(ENDINGS[0]))
    caption = at(node, "edge_media_to_caption", "edges", 0, "node", "text") or at(node, "caption") or ""
    cells = {
        "pid": text_of(node.get("id") or node.get("shortcode") or node.get("code")),
        "uid": text_of(at(node, "owner", "id")),
        "postdate": text_of(node.get("taken_at_timestamp", node.get("date"))),
        "commentcount": _count(
            at(node, "edge_media_to_comment", "count"),
            at(node, "edge_media_to_parent_comment", "count"),
            node.get("comments"),
        ),
        "views": _count(at(node, "edge_media_preview_like", "count"), at(node, "edge_liked_by", "count")),
        "image_url": reading.name(photo) if photo else text_of(node.get("display_url") or node.get("display_src")),
        **cells_of_caption(text_of(caption)),
    }
    owner = node.get("owner")
    reading.take(path, 1, cells | _of_profile(owner if isinstance(owner, dict) else {}))


def _of_profile(node: dict[str, Any]) -> dict[str, str]:
    """The nearest that Instagram has to groups: accounts followed, and followers."""
    found = {
        "groupcount": text_of(at(node, "edge_follow", "count")),
        "avgmembercount": text_of(at(node, "edge_followed_by", "count")),
    }
    return {name: cell for name, cell in found.items() if cell}


def _count(*found: Any) -> str:
    """The first count that is there; "" for -1, which stands for likes that their owner hides."""
    count = text_of(next((one for one in found if one is not None), None))
    return "" if count == "-1" else count
