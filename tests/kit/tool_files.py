"""Folders as tools that people crawl with leave them, a few posts each, made by hand after what the tools document."""

import json
import lzma
import os
from pathlib import Path
from typing import Any

from PIL import Image

CRAWLED = 1_700_000_000
"""When the files say that they were written, Unix seconds."""


def write_photo(path: Path, shade: int = 128) -> None:
    """A small JPEG of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 48), (shade % 256, shade * 7 % 256, 90)).save(path)


def write_json(path: Path, content: Any, date: int = CRAWLED) -> None:
    """JSON, packed where the name ends in .xz, as Instaloader does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = json.dumps(content).encode()
    path.write_bytes(lzma.compress(raw, check=lzma.CHECK_NONE) if path.suffix == ".xz" else raw)
    os.utime(path, (date, date))


def instaloader_post(**changes: Any) -> dict[str, Any]:
    """A post's file as `instaloader.structures.get_json_structure` makes it. changes: keys of the node."""
    node = {
        "__typename": "GraphImage",
        "id": "2464321234567890123",
        "shortcode": "CIzABcdEFgh",
        "dimensions": {"height": 1080, "width": 1080},
        "display_url": "https://scontent.example.com/v/t51.2885-15/131_n.jpg?oe=6795C6C3",
        "edge_media_to_caption": {
            "edges": [{"node": {"text": "Last ferry #Sunset 🌅\nNobody else on board. #sea #sunset"}}]
        },
        "edge_media_to_comment": {"count": 7},
        "edge_media_preview_like": {"count": 126},
        "taken_at_timestamp": 1_609_502_400,
        "is_video": False,
        "owner": {"id": "25025320", "username": "somebody"},
    }
    return {"instaloader": {"node_type": "Post", "version": "4.13.1"}, "node": node | changes}


def instaloader_profile(uid: str = "25025320", followers: int = 5000, follows: int = 80) -> dict[str, Any]:
    """A profile's file."""
    counts = {"edge_followed_by": {"count": followers}, "edge_follow": {"count": follows}}
    return {
        "instaloader": {"node_type": "Profile", "version": "4.13.1"},
        "node": {"id": uid, "username": "somebody", "biography": "", **counts},
    }


def flickr_found(**changes: Any) -> dict[str, Any]:
    """An entry of flickr.photos.search, with extras."""
    return {
        "id": "53123456789", "owner": "12037949754@N01", "secret": "abc", "server": "65535", "farm": 66,
        "title": "orford castle", "ispublic": 1, "isfriend": 0, "isfamily": 0,
        "description": {"_content": "hello!"}, "dateupload": "1692446400", "tags": "wooyay hoopla", "views": "12",
        "media": "photo", "url_m": "https://live.staticflickr.com/65535/53123456789_abc.jpg",
    } | changes  # fmt: skip


def flickr_search(*photos: dict[str, Any]) -> dict[str, Any]:
    """An answer of flickr.photos.search."""
    page = {"page": 1, "pages": 1, "perpage": 250, "total": len(photos), "photo": list(photos)}
    return {"photos": page, "stat": "ok"}


def flickr_info(**changes: Any) -> dict[str, Any]:
    """An answer of flickr.photos.getInfo."""
    photo = {
        "id": "53123456789", "secret": "abc", "server": "65535", "farm": 66, "dateuploaded": "1692446400",
        "views": "20", "media": "photo", "title": {"_content": "orford castle"},
        "description": {"_content": "hello!"}, "visibility": {"ispublic": 1, "isfriend": 0, "isfamily": 0},
        "dates": {"posted": "1692446400", "taken": "2023-08-19 12:00:00", "lastupdate": "1692446400"},
        "owner": {"nsid": "12037949754@N01", "username": "Bees"}, "comments": {"_content": "3"},
        "tags": {"tag": [{"raw": "woo yay", "_content": "wooyay"}, {"raw": "hoopla", "_content": "hoopla"}]},
        "people": {"haspeople": 1},
    } | changes  # fmt: skip
    return {"photo": photo, "stat": "ok"}


def flickr_archived(pid: str = "2634391576", **changes: Any) -> dict[str, Any]:
    """A photo_<id>.json of the archive of an account."""
    return {
        "id": pid, "name": "Killarney Lake", "description": "Rain &amp; fog", "count_views": "53", "count_faves": "0",
        "count_comments": "2", "date_taken": "2008-07-01 13:04:18", "count_tags": "2", "count_notes": "0",
        "rotation": 0, "date_imported": "2008-07-03 09:48:30",
        "photopage": f"https://www.flickr.com/photos/boris/{pid}/",
        "original": f"https://live.staticflickr.com/3008/{pid}_6ab6f1017f_o.jpg", "license": "All Rights Reserved",
        "geo": [], "groups": [], "albums": [], "people": [], "notes": [], "privacy": "public", "comments": [],
        "tags": [{"tag": "new york", "user_nsid": "12345678@N00"}, {"tag": "lake", "user_nsid": "12345678@N00"}],
    } | changes  # fmt: skip


def gallery_instagram(**changes: Any) -> dict[str, Any]:
    """The metadata of a file that gallery-dl had from Instagram."""
    return {
        "category": "instagram", "subcategory": "posts", "num": 1, "media_id": "2464321234567890124",
        "shortcode": "CIzABcdEFgi", "display_url": "https://scontent.example.com/1.jpg", "video_url": None,
        "width": 1080, "height": 1080, "post_id": "2464321234567890123", "post_shortcode": "CIzABcdEFgh",
        "post_url": "https://www.instagram.com/p/CIzABcdEFgh/", "likes": 126, "owner_id": "25025320",
        "username": "somebody", "fullname": "Some Body", "post_date": "2021-01-01 12:00:00",
        "date": "2021-01-01 12:00:00", "description": "Nets! #harbour", "tags": ["#harbour"], "count": 1,
        "filename": "131_n", "extension": "jpg",
    } | changes  # fmt: skip


def gallery_flickr(**changes: Any) -> dict[str, Any]:
    """The metadata of a file that gallery-dl had from Flickr."""
    return {
        "category": "flickr", "subcategory": "user", "id": 53123456789, "secret": "abc", "server": "65535", "farm": 66,
        "title": "orford castle", "ispublic": 1, "isfriend": 0, "isfamily": 0, "description": "hello!",
        "dateupload": "1692446400", "date": "2023-08-19 12:00:00", "tags": ["wooyay", "hoopla"], "views": 12,
        "media": "photo", "owner": {"nsid": "12037949754@N01", "username": "Bees", "path_alias": "bees"},
        "url": "https://live.staticflickr.com/65535/53123456789_abc_o.jpg", "label": "Original", "width": 640,
        "height": 480, "filename": "53123456789_abc_o", "extension": "jpg",
    } | changes  # fmt: skip
