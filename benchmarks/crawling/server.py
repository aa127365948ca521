"""Twenty hosts of photos on loopback, in a process of their own, which answer as fast as they can.

A link's path says what it gets: `/KB/MS/N` a JPEG of so many thousand bytes after so many milliseconds, no two alike;
`/hanging/N` nothing; `/dripping/N` a photo that comes byte by byte and never ends.
"""

import asyncio
import io
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import numpy as np

HOSTS = 20
DRIP_S = 0.5
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n"
NEVER = 1_000_000  # bytes that a photo which drips is said to have
TAIL = 16  # bytes behind a photo that are its own


class Server:
    """port: of each host."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.hosts = [f"{address}:{port}" for address in addresses()]

    def links(self, path: str, count: int) -> list[str]:
        """So many links, dealt out to the hosts."""
        return [f"http://{self.hosts[n % HOSTS]}/{path}/{n:06d}" for n in range(count)]


@contextmanager
def serving() -> Iterator[Server]:
    """The server runs as long as the block does."""
    process = subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Server(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


def addresses() -> list[str]:
    return [f"127.0.0.{n}" for n in range(1, HOSTS + 1)]


@cache
def photo(kb: int) -> bytes:
    """A JPEG of noise and shapes, of so many thousand bytes less TAIL; decoders do not read what fills it up."""
    from PIL import Image

    rng = np.random.default_rng(kb)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    size = kb * 1000 - TAIL
    for side in range(1600, 100, -100):
        fine = rng.normal(0, 8, (side * 3 // 4, side, 3))
        pixels = np.asarray(coarse.resize((side, side * 3 // 4), Image.Resampling.BICUBIC)) + fine
        out = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
        if out.tell() <= size:
            return out.getvalue().ljust(size, b"\0")
    return b"\xff\xd8".ljust(size, b"\0")  # too small for a photo: for what decodes none


class _Photos(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._to, self._asked = transport, b""

    def data_received(self, data: bytes) -> None:
        self._asked += data
        while b"\r\n\r\n" in self._asked:
            head, _, self._asked = self._asked.partition(b"\r\n\r\n")
            self._answer(*head.split(b" ", 2)[1].decode().strip("/").split("/"))

    def _answer(self, how: str, *more: str) -> None:
        if how == "hanging":
            return
        if how == "dripping":
            self._to.write(HEAD.format(NEVER).encode())
            self._drip()
            return
        content = photo(int(how))
        delay, number = more
        answer = [HEAD.format(len(content) + TAIL).encode(), content, number.encode().rjust(TAIL)]
        if int(delay):
            asyncio.get_running_loop().call_later(int(delay) / 1000, self._to.writelines, answer)
        else:
            self._to.writelines(answer)

    def _drip(self) -> None:
        if not self._to.is_closing():
            self._to.write(b".")
            asyncio.get_running_loop().call_later(DRIP_S, self._drip)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    first, *others = addresses()
    sockets = [socket.create_server((first, 0), backlog=1024)]
    port = sockets[0].getsockname()[1]
    sockets += [socket.create_server((address, port), backlog=1024) for address in others]
    for one in sockets:
        await loop.create_server(_Photos, sock=one)
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve())
