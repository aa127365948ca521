"""A photo as Flickr's API tells it: an entry of a list, an answer of getInfo, or what tools make of these."""

from typing import Any

from popularity.sources.cells import at, text_of

SIZES = ("url_z", "url_c", "url_l", "url_m", "url_n", "url_h", "url_k", "url_o", "url_s", "url")
"""Links that extras give, the first that is there: as large as photos are stored, or the next larger."""

NOT_PUBLIC = "not public"
"""Why a post is left out."""


def is_video(photo: dict[str, Any]) -> bool:
    return photo.get("media") == "video"


def is_public(photo: dict[str, Any]) -> bool:
    """Whether everybody can see it; so it is where nobody says."""
    said = photo.get("ispublic", at(photo, "visibility", "ispublic"))
    return said is None or text_of(said) == "1"


def cells_of_photo(photo: dict[str, Any]) -> dict[str, str]:
    """The columns that a photo's entry gives; a count that it does not hold is ""."""
    owner = photo.get("owner")
    return {
        "pid": text_of(photo.get("id")),
        "uid": text_of(at(owner, "nsid") if isinstance(owner, dict) else owner),
        "postdate": text_of(_first(photo.get("dateupload"), at(photo, "dates", "posted"), photo.get("dateuploaded"))),
        "commentcount": text_of(_first(_content(photo.get("comments")), photo.get("count_comments"))),
        "haspeople": text_of(at(photo, "people", "haspeople")),
        "title": text_of(_content(photo.get("title"))),
        "description": text_of(_content(photo.get("description"))),
        "alltags": _tags(photo.get("tags")),
        "views": text_of(photo.get("views")),
        "image_url": _link(photo),
    }


def _first(*found: Any) -> Any:
    return next((one for one in found if one is not None), None)


def _content(value: Any) -> Any:
    return value.get("_content") if isinstance(value, dict) else value


def _tags(tags: Any) -> str:
    """Tags in Flickr's normal form, in which one of several words has no spaces."""
    if isinstance(tags, dict):
        found = tags.get("tag")
        return text_of([_content(tag) for tag in found]) if isinstance(found, list) else ""
    return text_of(tags)


def _link(photo: dict[str, Any]) -> str:
    """One of the links given, or that of the medium size, which every photo has (flickr.com/services/api/misc.urls)."""
    if link := _first(*(photo.get(size) or None for size in SIZES)):
        return text_of(link)
    parts = [text_of(photo.get(name)) for name in ("server", "id", "secret")]
    return "https://live.staticflickr.com/{}/{}_{}.jpg".format(*parts) if all(parts) else ""
