"""The local Flickr with a made-up catalogue, which counts what it is asked for and fails as it is told."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlencode

from kit.photo_server import photo
from popularity.demo.flickr import Handler, LocalFlickr, LocalPost
from popularity.settings import Fetch, Flickr, Search

EVERY_CALL = ("api_key", "method", "format", "nojsoncallback")
KEY = "0123456789abcdef0123456789abcdef"
NOW = 1_700_000_000
DAY = 86_400

Fault = Literal[
    "100", "105", "106", "0", "429", "500", "503", "hang", "cut off", "html", "huge", "echo", "other form", "deep"
]


def posts(number: int, *, users: int = 5, until: int = NOW - DAY, apart_s: int = 600) -> list[LocalPost]:
    """So many posts, one after another, the last one uploaded at `until`; ids ascend with time from 5000."""
    return [
        LocalPost(
            id=5000 + n, owner=f"{100 + n % users}@N00", uploaded=until - (number - 1 - n) * apart_s,
            title=f'Ferry "{n}", again' if n % 3 else "", description=f"Line one,\nline {n} \N{CAT}",
            tags=("sea", f"tag{n % 7}"), views=100 + 10 * n, photo=lambda n=n: photo(n), groups=("9@N22",),
            people=n % 2, comments=n % 4,
        )
        for n in range(number)
    ]  # fmt: skip


class CountingFlickr(LocalFlickr):
    """asked: how often each call was made, as `popularity.crawl.ledger` writes it but for the crawl. order: one by one.

    faults: method -> what its next calls come to, one after another. before: called with each call before it is
    answered. delay_s: of each answer.
    """

    def __init__(
        self,
        posts: Iterable[LocalPost],
        groups: Mapping[str, tuple[int, ...]] | None = None,
        now: int | None = NOW,
        delay_s: float = 0.0,
    ) -> None:
        super().__init__(posts, groups or {"100@N00": (10, 30), "101@N00": (5,)}, now)
        self.asked: Counter[str] = Counter()
        self.order: list[str] = []
        self.faults: dict[str, list[Fault]] = {}
        self.before: Callable[[str], object] = lambda method: None
        self.delay_s = delay_s
        self.photos: Counter[int] = Counter()
        self.hanging = threading.Event()
        self._lock = threading.Lock()

    @property
    def methods(self) -> Counter[str]:
        """How often each method was called."""
        return Counter(call.split()[0].removeprefix("flickr.") for call in self.order)

    def change(self, id: int, **values: Any) -> None:
        """Have a post be another."""
        self.posts[id] = replace(self.posts[id], **values)

    def photo(self, id: int) -> bytes | None:
        with self._lock:
            self.photos[id] += 1
        return super().photo(id)

    def respond(self, handler: Handler, given: Mapping[str, str]) -> None:
        method = given.get("method", "")
        without = {name: value for name, value in given.items() if name not in EVERY_CALL}
        call = f"{method} {urlencode(sorted(without.items()))}"
        with self._lock:
            self.asked[call] += 1
            self.order.append(call)
            waiting = self.faults.get(method, [])
            fault = waiting.pop(0) if waiting else None
        self.before(method)
        time.sleep(self.delay_s)
        if fault is None:
            super().respond(handler, given)
        else:
            self.fail(handler, given, fault)

    def fail(self, handler: Handler, given: Mapping[str, str], fault: Fault) -> None:
        """Answer in one of the ways that are no answer."""
        kind = "application/json"
        match fault:
            case "100" | "105" | "106" | "0":
                message = f"Invalid API Key ({given['api_key']})" if fault == "100" else "Not available"
                handler.send(200, f'{{"stat":"fail","code":{fault},"message":"{message}"}}'.encode(), kind)
            case "429":
                handler.send(429, b"slower", "text/html", Retry_After="1")
            case "500" | "503":
                handler.send(int(fault), given["api_key"].encode(), "text/html")
            case "hang":
                self.hanging.wait(30)
            case "cut off":
                handler.send(200, b'{"photos":{"page":1,"pa', kind)
            case "html":
                handler.send(200, b"<!DOCTYPE html><html><body>Bad, bad panda!</body></html>", "text/html")
            case "huge":
                handler.send(200, b'{"stat":"ok","filler":"' + b"a" * 3_000_000 + b'"}', kind)
            case "echo":
                handler.send(200, f'{{"stat":"ok","api_key":"{given["api_key"]}"}}'.encode(), kind)
            case "other form":
                handler.send(200, b'{"stat":"ok","photos":[]}', kind)
            case "deep":
                handler.send(200, b"[" * 200_000, kind)


def settings(server: LocalFlickr, *searches: Search) -> Flickr:
    """Where the crawl section says that a server is Flickr."""
    return Flickr(endpoint=server.endpoint, photos=server.address, searches=searches or (Search(),))


def fetch(server: LocalFlickr, *, timeout_s: float = 2.0) -> Fetch:
    """How the web is asked, this server's private address included."""
    return Fetch(timeout_s=timeout_s, total_timeout_s=timeout_s, max_mb=2, concurrency=4, private_hosts=(server.host,))
