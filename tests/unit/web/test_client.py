"""Connections that are kept, against a real server that tells them apart."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kit.project import ROOT
from popularity.settings import Fetch, load_settings
from popularity.web.download import Download, download, open_client
from popularity.web.reasons import OK, Reason

pytestmark = pytest.mark.slow


class KeepingServer(ThreadingHTTPServer):
    """Keeps connections open. seen: of each connection, in their order, the hosts that its requests named.

    closes_after: so many answers, without having said so; 0: never.
    """

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1", port: int = 0, closes_after: int = 0) -> None:
        super().__init__((address, port), _Handler)
        self.closes_after = closes_after
        self.seen: list[list[str]] = []


class _Handler(BaseHTTPRequestHandler):
    server: KeepingServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.hosts: list[str] = []
        self.server.seen.append(self.hosts)

    def do_GET(self) -> None:
        self.hosts.append(self.headers["Host"])
        if self.path == "/breaks":
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"photo")
        if len(self.hosts) == self.server.closes_after:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def server() -> Iterator[KeepingServer]:
    with KeepingServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fetched(links: Sequence[str], *private: str) -> list[Download]:
    """What one client gets of the links, one after another."""
    settings = load_settings(ROOT / "params.yaml").fetch
    settings = Fetch.model_validate(settings.model_dump() | {"private_hosts": private})

    async def ask() -> list[Download]:
        async with open_client(settings) as client:
            return [await download(client, link, settings) for link in links]

    return asyncio.run(ask())


def test_a_kept_connection_serves_its_host_and_no_other_name_at_the_same_address(server: KeepingServer) -> None:
    hosts = [f"{name}:{server.server_port}" for name in ("127.0.0.1", "localhost")]
    links = [f"http://{host}/{n}" for n in range(5) for host in hosts]
    assert {came.outcome for came in fetched(links, *hosts)} == {OK}
    assert server.seen == [[host] * 5 for host in hosts]


def test_a_kept_connection_that_the_host_closed_costs_no_link(server: KeepingServer) -> None:
    server.closes_after = 2
    host = f"127.0.0.1:{server.server_port}"
    assert {came.outcome for came in fetched([f"http://{host}/{n}" for n in range(10)], host)} == {OK}
    assert len(server.seen) == 5


def test_a_link_that_breaks_a_new_connection_is_not_asked_for_twice(server: KeepingServer) -> None:
    host = f"127.0.0.1:{server.server_port}"
    (came,) = fetched([f"http://{host}/breaks"], host)
    assert came.outcome == Reason.CONNECTION_FAILED
    assert server.seen == [[host]]


def test_a_name_that_leads_inside_the_second_time_is_refused(
    server: KeepingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding. 127.0.0.1 stands for a public address, 127.0.0.2 for one of our network."""
    server.closes_after = 1
    port = server.server_port
    looked_up: list[str] = []

    def rebinding(host: str, port: int, *_: object, **__: object) -> list[Any]:
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{len(looked_up)}", port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr("popularity.web.addresses.is_public", lambda address: str(address) == "127.0.0.1")
    with closing(socket.create_server(("127.0.0.2", port))) as inside:
        inside.setblocking(False)
        first, second = fetched([f"http://rebinding.example:{port}/{n}" for n in range(2)])
        with pytest.raises(BlockingIOError):  # nobody came
            inside.accept()
    assert (first.outcome, second.outcome) == (OK, Reason.PRIVATE_ADDRESS)
    assert looked_up == ["rebinding.example"] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "\uff11\uff12\uff17.0.0.1"])
def test_a_literal_address_is_checked_though_no_name_is_looked_up(server: KeepingServer, host: str) -> None:
    (came,) = fetched([f"http://{host}:{server.server_port}/"])
    assert came.outcome == Reason.PRIVATE_ADDRESS
    assert server.seen == []
