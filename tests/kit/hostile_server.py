"""A server that does whatever servers do, by path, and what has to come of each: `HABITS`."""

import gzip
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image

from kit.bombs import encoded, many_scans
from kit.photo_server import photo
from popularity.demo import flickr
from popularity.web.reasons import OK, Reason, http_status

PHOTO = photo(1)


class Handler(socketserver.StreamRequestHandler):
    """One request; the peer that a habit writes to."""

    server: "HostileServer"

    def handle(self) -> None:
        with suppress(OSError):  # the client had enough
            request = [self.rfile.readline().decode()]
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                request.append(line.decode().strip())
            path = request[0].split()[1]
            self.server.requests.append(request)
            self.server.asked[path] += 1
            self.server.answers[path](self)


Does = Callable[[Handler], Any]


class HostileServer(socketserver.ThreadingTCPServer):
    """On loopback. requests: lines of each; asked: how often each path was."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answers: Mapping[str, Does]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = dict(answers)
        self.requests: list[list[str]] = []
        self.asked: Counter[str] = Counter()
        self.over = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A handshake that the client broke off is no news."""

    @property
    def host(self) -> str:
        """As `fetch.private_hosts` names it."""
        return f"127.0.0.1:{self.server_address[1]}"

    def at(self, path: str, *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        """A link to a path."""
        return f"{scheme}://{host}:{self.server_address[1]}{path}"


@contextmanager
def serving_hostile(answers: Mapping[str, Does]) -> Iterator[HostileServer]:
    """A server that runs as long as the block does."""
    with flickr.serving(HostileServer(answers)) as server:
        try:
            yield server
        finally:
            server.over.set()


def raw(*parts: bytes, every_s: float = 0.0, times: int = 1) -> Does:
    """Write the first part, then the others again and again."""

    def does(to: Handler) -> None:
        to.wfile.write(parts[0])
        for part in parts[1:] * times:
            to.wfile.write(part)
            if every_s and to.server.over.wait(every_s):
                return

    return does


def says(head: str, body: bytes = b"") -> Does:
    """An answer with these lines of head, and then the end."""
    return raw(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode("latin-1") + body)


def whole(body: bytes, *headers: str) -> Does:
    """200 with the body's length."""
    return says("\r\n".join(["200 OK", f"Content-Length: {len(body)}", *headers]), body)


def moved(location: str) -> Does:
    """A redirect."""
    return says(f"302 Found\r\nContent-Length: 0\r\nLocation: {location}")


def chunked(*chunks: bytes) -> Does:
    """200 in chunks, as they are given."""
    return says("200 OK\r\nTransfer-Encoding: chunked", b"".join(chunks))


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def hangs(to: Handler) -> None:
    """Nothing, for longer than anybody waits."""
    to.server.over.wait(60)


def resets_after(sent: bytes) -> Does:
    """Some bytes, and then the connection is broken off rather than closed."""

    def does(to: Handler) -> None:
        to.wfile.write(sent)
        to.wfile.flush()
        time.sleep(0.3)
        to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        to.connection.close()

    return does


def at_first(first: Does, then: Does) -> Does:
    """One answer to the first request, another to all that follow."""
    return lambda to: (first if to.server.asked[to.server.requests[-1][0].split()[1]] == 1 else then)(to)


def png_of(side: int) -> bytes:
    """A PNG that says it is so large."""
    from zlib import crc32

    small = bytearray(encoded(Image.new("1", (20, 20)), "PNG"))
    small[16:24] = side.to_bytes(4) * 2
    small[29:33] = crc32(small[12:29]).to_bytes(4)
    return bytes(small)


@dataclass(frozen=True)
class Habit:
    """What a server does, and what has to come of it.

    fetched: the outcome in the answers table. seen: the reason in the links table, "" of a photo that is there.
    tries: as in params. asked: requests that it gets. seconds, mb: that all of it may take, memory without the
    decoder's.
    """

    does: Does
    fetched: str
    seen: str | None = None  # None: as fetched
    tries: int = 1
    asked: int = 1
    seconds: float = 30
    mb: float = 8


OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"

HABITS: dict[str, Habit] = {
    "hangs before it answers": Habit(hangs, Reason.TIME_OUT),
    "drips its head": Habit(raw(OPEN, b"X-Slow: 1\r\n", every_s=0.2, times=300), Reason.TIME_OUT),
    "drips its body": Habit(raw(OPEN + LENGTH % 9999, b".", every_s=0.2, times=300), Reason.TIME_OUT),
    "stops in its body": Habit(lambda to: (to.wfile.write(OPEN + LENGTH % 9999 + PHOTO), hangs(to)), Reason.TIME_OUT),
    "never ends": Habit(raw(OPEN + b"\r\n", bytes(10_000), times=2_000), Reason.TOO_LARGE),
    "never ends, in chunks": Habit(
        raw(OPEN + b"Transfer-Encoding: chunked\r\n\r\n", chunk(bytes(10_000)), times=2_000), Reason.TOO_LARGE
    ),
    "says how large it is": Habit(whole(bytes(400_000)), Reason.TOO_LARGE),
    "breaks off": Habit(says("200 OK\r\nContent-Length: 50000", PHOTO), Reason.TRUNCATED),
    "sends more than it says": Habit(says("200 OK\r\nContent-Length: 600", PHOTO), Reason.CONNECTION_FAILED),
    "says two lengths": Habit(whole(PHOTO, "Content-Length: 7"), Reason.CONNECTION_FAILED),
    "says a length below 0": Habit(says("200 OK\r\nContent-Length: -1", PHOTO), Reason.CONNECTION_FAILED),
    "sends a head of 10 MB": Habit(raw(OPEN, b"X-Pad: %b\r\n" % (b"x" * 9_990), times=1_000), Reason.CONNECTION_FAILED),
    "sends a line without end": Habit(raw(OPEN, b"x" * 10_000, times=1_000), Reason.CONNECTION_FAILED),
    "leads round": Habit(lambda to: moved(to.server.at("/leads%20round"))(to), Reason.TOO_MANY_REDIRECTS, asked=6),
    "leads to our network": Habit(moved("http://10.0.0.1/a.jpg"), Reason.PRIVATE_ADDRESS),
    "leads to a cloud's keys": Habit(moved("http://[::ffff:169.254.169.254]/latest"), Reason.PRIVATE_ADDRESS),
    "leads to this machine": Habit(moved("http://127.0.0.1:9/a.jpg"), Reason.PRIVATE_ADDRESS),
    "leads to a file": Habit(moved("file:///etc/passwd"), Reason.BAD_SCHEME),
    "leads to data": Habit(moved("data:image/png;base64,AAAA"), Reason.BAD_SCHEME),
    "leads nowhere": Habit(moved("http://[::1"), Reason.CONNECTION_FAILED),
    "leads on without saying where": Habit(says("302 Found\r\nContent-Length: 0"), http_status(302)),
    "sends a gzip bomb": Habit(
        says("200 OK\r\nContent-Encoding: gzip", gzip.compress(bytes(10_000_000))), Reason.ENCODED_BODY
    ),
    "compresses though asked not to": Habit(
        whole(gzip.compress(PHOTO), "Content-Encoding: identity, GZIP"), Reason.ENCODED_BODY
    ),
    "says gzip of what is none": Habit(whole(PHOTO, "Content-Encoding: gzip"), Reason.ENCODED_BODY),
    "says identity": Habit(whole(PHOTO, "Content-Encoding: identity"), OK, ""),
    "says a charset for a coding": Habit(whole(PHOTO, "Content-Encoding: utf-8"), OK, ""),
    "says none and nothing": Habit(whole(PHOTO, "Content-Encoding: none", "Content-Encoding: "), OK, ""),
    "sends a page as a photo": Habit(
        whole(b"<!doctype html><title>Sign in</title>", "Content-Type: image/jpeg"), OK, Reason.NOT_AN_IMAGE
    ),
    "sends a photo as a page": Habit(whole(PHOTO, "Content-Type: text/html"), OK, ""),
    "sends a drawing": Habit(whole(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), OK, Reason.NOT_AN_IMAGE),
    "sends nothing": Habit(whole(b""), OK, Reason.NOT_AN_IMAGE),
    "has no content": Habit(says("204 No Content"), http_status(204)),
    "sends a part": Habit(says("206 Partial Content\r\nContent-Length: 9", PHOTO[:9]), http_status(206)),
    "has nothing new": Habit(says("304 Not Modified"), http_status(304)),
    "is gone, with a photo": Habit(says(f"404 Not Found\r\nContent-Length: {len(PHOTO)}", PHOTO), http_status(404)),
    "has no such range": Habit(says("416 Range Not Satisfiable\r\nContent-Length: 0"), http_status(416)),
    "is busy": Habit(
        says("429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: 1"), http_status(429), tries=2, asked=2
    ),
    "is busy for years": Habit(
        says("429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: 99999999"), http_status(429), tries=3
    ),
    "is busy once": Habit(
        at_first(says("503 Service Unavailable\r\nContent-Length: 0"), whole(PHOTO)), OK, "", tries=2, asked=2
    ),
    "hangs up": Habit(lambda to: None, Reason.CONNECTION_FAILED),
    "breaks the connection": Habit(resets_after(b""), Reason.CONNECTION_FAILED),
    "breaks it in the body": Habit(resets_after(OPEN + LENGTH % 9999 + PHOTO), Reason.TRUNCATED),
    "sends chunks": Habit(chunked(chunk(PHOTO[:500]), chunk(PHOTO[500:]), b"0\r\n\r\n"), OK, ""),
    "sends chunks of no size": Habit(chunked(b"zz\r\n", PHOTO), Reason.CONNECTION_FAILED),
    "ends in a chunk": Habit(chunked(b"ffff\r\n", PHOTO), Reason.TRUNCATED),
    "lacks the last chunk": Habit(chunked(chunk(PHOTO)), Reason.TRUNCATED),
    "speaks HTTP/0.9": Habit(raw(PHOTO), Reason.CONNECTION_FAILED),
    "speaks SSH": Habit(raw(b"SSH-2.0-OpenSSH_9.6\r\n"), Reason.CONNECTION_FAILED),
    "says a status that is none": Habit(says("2OO OK", PHOTO), Reason.CONNECTION_FAILED),
    "says a status of five digits": Habit(says("99999 OK", PHOTO), Reason.CONNECTION_FAILED),
    "sends NUL in its head": Habit(whole(PHOTO, "X-Odd: a\0b"), Reason.CONNECTION_FAILED),
    "sets cookies": Habit(whole(PHOTO, *(f"Set-Cookie: c{n}={'x' * 100}" for n in range(50))), OK, ""),
    "says two types": Habit(whole(PHOTO, "Content-Type: image/png", "Content-Type: text/html"), OK, ""),
    "says its length twice": Habit(whole(PHOTO, f"Content-Length: {len(PHOTO)}"), Reason.CONNECTION_FAILED),
    "says wait some times": Habit(
        raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" * 20 + OPEN + LENGTH % len(PHOTO) + PHOTO),
        OK,
        "",
    ),
    "says wait for ever": Habit(
        raw(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", every_s=0.01, times=9_999), Reason.TIME_OUT
    ),
    "wants another protocol": Habit(
        says("101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade"), Reason.CONNECTION_FAILED
    ),
    "sends half a photo": Habit(whole(PHOTO[: len(PHOTO) // 2]), OK, Reason.TRUNCATED),
    "sends a photo of 400 megapixels in 100 bytes": Habit(whole(png_of(20_000)), OK, Reason.TOO_MANY_PIXELS),
    "sends a photo of a thousand scans": Habit(whole(many_scans(64, 1_000)), OK, Reason.TOO_COSTLY),
    "sends an icon": Habit(whole(photo(1, side=8)), OK, Reason.TOO_SMALL),
    "sends a format that is not read": Habit(whole(encoded(Image.new("L", (40, 30)), "TIFF")), OK, Reason.TIFF),
}
