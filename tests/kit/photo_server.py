"""A server of photos on loopback that counts what it is asked for, and a crawl whose links lead there."""

import io
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

from popularity.demo import flickr


@dataclass(frozen=True)
class Says:
    """One answer. delay_s: it comes so much later than others. then: what is said from the second request on."""

    status: int = 200
    body: bytes = b""
    location: str = ""
    retry_after: str = ""
    delay_s: float = 0.0
    then: "Says | None" = None


class PhotoServer(ThreadingHTTPServer):
    """Answers by path, 404 otherwise, each after a delay.

    per_second: of more requests in a second than that, the others are answered 429. asked: the requests of each path.
    order: all paths as they were asked for. at_once: the most requests that were there at a time.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answers: Mapping[str, Says], delay_s: float = 0.0, per_second: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.delay_s, self.per_second = dict(answers), delay_s, per_second
        self.asked: Counter[str] = Counter()
        self.order: list[str] = []
        self.at_once = self.now = 0
        self.lock = threading.Lock()
        self.served: list[float] = []

    @property
    def host(self) -> str:
        """As `fetch.private_hosts` names it."""
        return f"127.0.0.1:{self.server_port}"

    def at(self, path: str) -> str:
        """A link to a path."""
        return f"http://{self.host}{path}"

    def answer(self, path: str) -> Says:
        """What a request for a path is told."""
        with self.lock:
            now = time.monotonic()
            self.served = [at for at in self.served if at > now - 1]
            if self.per_second is not None and len(self.served) >= self.per_second:
                return Says(429, retry_after="1")
            self.served.append(now)
        says = self.answers.get(path, Says(404))
        return says.then if says.then and self.asked[path] > 1 else says

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: PhotoServer

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            server.asked[self.path] += 1
            server.order.append(self.path)
            server.now += 1
            server.at_once = max(server.at_once, server.now)
        time.sleep(server.delay_s)
        says = server.answer(self.path)
        time.sleep(says.delay_s)
        with server.lock:
            server.now -= 1
        self.send_response(says.status)
        self.send_header("Content-Length", str(len(says.body)))
        for header, value in (("Location", says.location), ("Retry-After", says.retry_after)):
            if value:
                self.send_header(header, value)
        self.end_headers()
        self.wfile.write(says.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@contextmanager
def serving(answers: Mapping[str, Says], delay_s: float = 0.0, per_second: int | None = None) -> Iterator[PhotoServer]:
    """A server that runs as long as the block does."""
    with flickr.serving(PhotoServer(answers, delay_s, per_second)) as server:
        yield server


def photo(seed: int, side: int = 48) -> bytes:
    """A JPEG that no other seed gives."""
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG")
    return out.getvalue()


COLUMNS = (
    "pid,uid,postdate,commentcount,haspeople,titlelen,deslen,tagcount,avgview,groupcount,avgmembercount,"
    "alltags,title,description,image_url"
)


def write_crawl(folder: Path, links: list[str]) -> Path:
    """A crawl in the paper's layout: a labelled post for each link, pids from 1."""
    folder.mkdir(parents=True)
    posts = [
        f"{pid},7,{1_600_000_000 + pid},,,5,4,2,10,3,40,sea sun,a day,nice,{link}" for pid, link in enumerate(links, 1)
    ]
    (folder / "train_data.csv").write_text("\n".join([COLUMNS, *posts]) + "\n")
    labels = [f"{pid},7,{pid % 9}" for pid in range(1, len(links) + 1)]
    (folder / "train_label.csv").write_text("\n".join(["pid,uid,label", *labels]) + "\n")
    return folder
