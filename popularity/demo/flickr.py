"""A Flickr on this machine: an HTTP server that answers the API's methods that a crawl calls, and serves photos.

Field by field as https://www.flickr.com/services/api/ documents them, as JSON; numbers are text where Flickr's are. A
search gives its first 4,000 results alone. It has a clock of its own, which its answers are dated by.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

REST = "/services/rest/"
CAP = 4000
"""Results of one search: later pages are as the last one of these."""

MOST_A_PAGE, USUAL_A_PAGE = 500, 100
SERVER = "65535"
KEY = re.compile("[0-9a-f]{32}")
FULL_AFTER_S = 3 * 86_400
"""Views grow with the root of a post's age until then, and are all there from then on."""

PHOTO = re.compile(rf"/{SERVER}/(\d+)_[0-9a-f]+(?:_[a-z])?\.jpg")

SIZE_NAMES = {"s": "Small", "n": "Small 320", "m": "Medium", "z": "Medium 640", "c": "Medium 800", "l": "Large"}
Gone = Literal["deleted", "private"]
Server = TypeVar("Server", bound=BaseServer)

SIDES = {"s": 240, "n": 320, "m": 500, "z": 640, "c": 800, "l": 1024}


@dataclass(frozen=True)
class LocalPost:
    """A post. views: those it ends with. gone: what becomes of it, `gone_at` Unix seconds.

    photo: its bytes, or None where the server knows none.
    """

    id: int
    owner: str
    uploaded: int
    title: str
    description: str
    tags: tuple[str, ...]
    views: int
    photo: Callable[[], bytes | None]
    gone: Gone | None = None
    gone_at: int = 0
    groups: tuple[str, ...] = ()
    people: int = 0
    comments: int = 0

    def is_public(self, now: int) -> bool:
        """Whether everybody sees it at a time."""
        return self.uploaded <= now and not self.is_gone(now)

    def is_gone(self, now: int) -> bool:
        """Whether it has been deleted or made private by then."""
        return self.gone is not None and now >= self.gone_at

    def views_at(self, now: int) -> int:
        """How often it had been seen by then."""
        share = min(1.0, max(0, now - self.uploaded) / FULL_AFTER_S) ** 0.5
        return int(self.views * share)

    @property
    def secret(self) -> str:
        """What its photo's address ends in."""
        return f"{self.id * 2654435761 % 16**10:010x}"


class RefusalError(Exception):
    """What the API says instead of an answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.said = {"stat": "fail", "code": code, "message": message}


class LocalFlickr(ThreadingHTTPServer):
    """posts: by id. groups: of each user, the members of each group.

    now: its clock, Unix seconds; None: the machine's. port: on loopback; 0: any that is free.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, posts: Iterable[LocalPost], groups: Mapping[str, tuple[int, ...]], now: int | None = None, port: int = 0
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.posts = {post.id: post for post in posts}
        self.groups, self.fixed_now = dict(groups), now

    @property
    def host(self) -> str:
        """As `fetch.private_hosts` names it."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def address(self) -> str:
        """Of the photos; `crawl.flickr.photos`."""
        return f"http://{self.host}"

    @property
    def endpoint(self) -> str:
        """Of the API; `crawl.flickr.endpoint`."""
        return f"{self.address}{REST}"

    @property
    def now(self) -> int:
        """Unix seconds."""
        return int(time.time()) if self.fixed_now is None else self.fixed_now

    def call(self, given: Mapping[str, str]) -> dict[str, Any]:
        """What the API says to a call."""
        try:
            if not KEY.fullmatch(given.get("api_key", "")):
                raise RefusalError(100, "Invalid API Key (Key has invalid format)")
            method = METHODS.get(given.get("method", ""))
            if method is None:
                raise RefusalError(112, f'Method "{given.get("method", "")}" not found')
            return {**method(self, given), "stat": "ok"}
        except RefusalError as refusal:
            return refusal.said

    def respond(self, handler: "Handler", given: Mapping[str, str]) -> None:
        """Answer a call."""
        handler.send(200, json.dumps(self.call(given)).encode(), "application/json")

    def photo(self, id: int) -> bytes | None:
        """The bytes of a post's photo; None where there are none, or nobody may see them."""
        post = self.posts.get(id)
        return post.photo() if post and post.is_public(self.now) else None

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news."""


class Handler(BaseHTTPRequestHandler):
    """Connections are kept, as Flickr's are."""

    protocol_version = "HTTP/1.1"
    server: LocalFlickr

    def do_GET(self) -> None:
        """Answer a call, or give a photo."""
        address = urlsplit(self.path)
        if address.path == REST:
            self.server.respond(self, dict(parse_qsl(address.query)))
            return
        found = PHOTO.fullmatch(address.path)
        content = self.server.photo(int(found[1])) if found else None
        if content is None:
            self.send(404, b"", "text/html")
        else:
            self.send(200, content, "image/jpeg")

    def send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        """Send an answer whole."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """By the server's own clock."""
        return formatdate(self.server.now if timestamp is None else timestamp, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Have it answer as long as the block runs."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _search(server: LocalFlickr, given: Mapping[str, str]) -> dict[str, Any]:
    limits = {"tags", "text", "group_id", "user_id", "min_upload_date", "max_upload_date"}
    if not limits & given.keys():
        raise RefusalError(3, "Parameterless searches have been disabled. Please use flickr.photos.getRecent instead.")
    if (user := given.get("user_id")) and all(post.owner != user for post in server.posts.values()):
        raise RefusalError(2, "Unknown user")
    found = [post for post in server.posts.values() if post.is_public(server.now) and _is_meant(post, given)]
    ascending = given.get("sort", "date-posted-desc") == "date-posted-asc"
    found.sort(key=lambda post: (post.uploaded, post.id), reverse=not ascending)
    return _page(server, found, given, CAP)


def _is_meant(post: LocalPost, given: Mapping[str, str]) -> bool:
    wanted = [tag.strip().lower() for tag in given.get("tags", "").split(",") if tag.strip()]
    has = [tag in post.tags for tag in wanted]
    words = " ".join([post.title, post.description, *post.tags]).lower()
    return (
        (not wanted or (all(has) if given.get("tag_mode") == "all" else any(has)))
        and all(word in words for word in given.get("text", "").lower().split())
        and given.get("user_id", post.owner) == post.owner
        and ("group_id" not in given or given["group_id"] in post.groups)
        and int(given.get("min_upload_date", 0)) <= post.uploaded <= int(given.get("max_upload_date", 2**40))
    )


def _public_photos(server: LocalFlickr, given: Mapping[str, str]) -> dict[str, Any]:
    owner = _user(server, given)
    found = [post for post in server.posts.values() if post.owner == owner and post.is_public(server.now)]
    return _page(server, sorted(found, key=lambda post: (-post.uploaded, post.id)), given, len(found))


def _page(server: LocalFlickr, found: list[LocalPost], given: Mapping[str, str], cap: int) -> dict[str, Any]:
    size = min(max(int(given.get("per_page", USUAL_A_PAGE)), 1), MOST_A_PAGE)
    number = max(int(given.get("page", 1)), 1)
    pages = -(-len(found) // size)
    shown = min(number, max(1, -(-min(cap, len(found)) // size)))
    extras = given.get("extras", "").split(",")
    posts = [_result(server, post, extras) for post in found[(shown - 1) * size : shown * size]]
    return {"photos": {"page": number, "pages": pages, "perpage": size, "total": len(found), "photo": posts}}


def _result(server: LocalFlickr, post: LocalPost, extras: list[str]) -> dict[str, Any]:
    taken = datetime.fromtimestamp(post.uploaded, UTC).strftime("%Y-%m-%d %H:%M:%S")
    more: dict[str, dict[str, Any]] = {
        "description": {"description": {"_content": post.description}},
        "date_upload": {"dateupload": str(post.uploaded)},
        "date_taken": {"datetaken": taken, "datetakengranularity": 0, "datetakenunknown": "0"},
        "owner_name": {"ownername": post.owner},
        "tags": {"tags": " ".join(post.tags)},
        "views": {"views": str(post.views_at(server.now))},
        "media": {"media": "photo", "media_status": "ready"},
    }
    for size, side in SIDES.items():
        more[f"url_{size}"] = {
            f"url_{size}": _source(server, post, size), f"height_{size}": side * 3 // 4, f"width_{size}": side,
        }  # fmt: skip
    plain = {
        "id": str(post.id), "owner": post.owner, "secret": post.secret, "server": SERVER, "farm": 66,
        "title": post.title, "ispublic": 1, "isfriend": 0, "isfamily": 0,
    }  # fmt: skip
    for extra in extras:
        plain |= more.get(extra, {})
    return plain


def _source(server: LocalFlickr, post: LocalPost, size: str) -> str:
    ending = "" if size == "m" else {"s": "_m", "n": "_n", "z": "_z", "c": "_c", "l": "_b"}[size]
    return f"{server.address}/{SERVER}/{post.id}_{post.secret}{ending}.jpg"


def _public_groups(server: LocalFlickr, given: Mapping[str, str]) -> dict[str, Any]:
    groups = [
        {
            "nsid": f"{number + 1}@N22", "name": f"Group {number + 1}", "iconfarm": 1, "iconserver": "1", "admin": 0,
            "eighteenplus": 0, "invitation_only": 0, "members": str(members), "pool_count": str(members * 3),
        }
        for number, members in enumerate(server.groups.get(_user(server, given), ()))
    ]  # fmt: skip
    return {"groups": {"group": groups}}


def _user(server: LocalFlickr, given: Mapping[str, str]) -> str:
    user = given.get("user_id", "")
    if all(post.owner != user for post in server.posts.values()):
        raise RefusalError(1, "User not found")
    return user


def _post(server: LocalFlickr, given: Mapping[str, str]) -> LocalPost:
    id = given.get("photo_id", "")
    post = server.posts.get(int(id)) if id.isdecimal() else None
    if post is None or post.uploaded > server.now or (post.is_gone(server.now) and post.gone == "deleted"):
        raise RefusalError(1, f'Photo "{id}" not found (invalid ID)')
    if post.is_gone(server.now):
        raise RefusalError(2, "Permission denied")
    return post


def _info(server: LocalFlickr, given: Mapping[str, str]) -> dict[str, Any]:
    post = _post(server, given)
    tags = [
        {"id": f"{post.id}-{n}", "author": post.owner, "authorname": post.owner, "raw": tag, "_content": tag,
         "machine_tag": 0}
        for n, tag in enumerate(post.tags)
    ]  # fmt: skip
    taken = datetime.fromtimestamp(post.uploaded, UTC).strftime("%Y-%m-%d %H:%M:%S")
    photo = {
        "id": str(post.id), "secret": post.secret, "server": SERVER, "farm": 66, "dateuploaded": str(post.uploaded),
        "isfavorite": 0, "license": "0", "safety_level": "0", "rotation": 0,
        "owner": {"nsid": post.owner, "username": post.owner, "realname": "", "location": ""},
        "title": {"_content": post.title}, "description": {"_content": post.description},
        "visibility": {"ispublic": 1, "isfriend": 0, "isfamily": 0},
        "dates": {"posted": str(post.uploaded), "taken": taken, "takengranularity": 0, "takenunknown": "0",
                  "lastupdate": str(post.uploaded)},
        "views": str(post.views_at(server.now)), "comments": {"_content": str(post.comments)},
        "people": {"haspeople": post.people}, "tags": {"tag": tags}, "media": "photo",
        "urls": {"url": [{"type": "photopage", "_content": f"{server.address}/photos/{post.owner}/{post.id}/"}]},
    }  # fmt: skip
    return {"photo": photo}


def _sizes(server: LocalFlickr, given: Mapping[str, str]) -> dict[str, Any]:
    post = _post(server, given)
    sizes = [
        {"label": SIZE_NAMES[size], "width": side, "height": side * 3 // 4, "source": _source(server, post, size),
         "url": f"{server.address}/photos/{post.owner}/{post.id}/sizes/{size}/", "media": "photo"}
        for size, side in SIDES.items()
    ]  # fmt: skip
    return {"sizes": {"canblog": 0, "canprint": 0, "candownload": 1, "size": sizes}}


def _echo(server: LocalFlickr, given: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"_content": value} for name, value in given.items()}


METHODS: dict[str, Callable[[LocalFlickr, Mapping[str, str]], dict[str, Any]]] = {
    "flickr.test.echo": _echo,
    "flickr.photos.search": _search,
    "flickr.photos.getInfo": _info,
    "flickr.photos.getSizes": _sizes,
    "flickr.people.getPublicPhotos": _public_photos,
    "flickr.people.getPublicGroups": _public_groups,
}
