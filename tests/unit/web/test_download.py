import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from kit.certificates import write_certificate
from kit.hostile_server import HostileServer, moved, says, serving_hostile
from popularity.settings import Fetch, load_settings
from popularity.web.download import MAX_REDIRECTS, Download, download, open_client
from popularity.web.download import refusal as refused
from popularity.web.reasons import OK, Reason

PARAMS = Path(__file__).parents[3] / "params.yaml"
ANSWERS = {
    "/photo": says("200 OK\r\nContent-Length: 5", b"photo"),
    "/no-length": says("200 OK", b"photo"),
    "/cookie": says("200 OK\r\nContent-Length: 5\r\nSet-Cookie: who=me", b"photo"),
    "/moved": moved("/photo"),
    "/gone": moved("/img/photo_unavailable.png"),
    "/img/photo_unavailable.png": says("200 OK\r\nContent-Length: 5", b"sorry"),
    "/loop": moved("/loop"),
}


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with serving_hostile(ANSWERS) as server:
        yield server


@pytest.fixture
def settings(server: HostileServer) -> Fetch:
    port = server.server_address[1]
    return load_settings(PARAMS).fetch.model_copy(
        update={
            "timeout_s": 0.5,
            "total_timeout_s": 1.0,
            "max_mb": 0.1,
            "private_hosts": (f"127.0.0.1:{port}", f"localhost:{port}"),
        }
    )


async def fetch(link: str, settings: Fetch, times: int = 1) -> Download:
    async with open_client(settings) as client:
        for _ in range(times):
            came = await download(client, link, settings)
    return came


def refusal(link: str, settings: Fetch) -> str:
    came = asyncio.run(fetch(link, settings))
    assert came.content is None
    assert came.outcome != OK
    return came.outcome


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/photo", "/no-length", "/moved"])
def test_the_body_of_a_good_answer_comes_back(server: HostileServer, settings: Fetch, path: str) -> None:
    came = asyncio.run(fetch(server.at(path), settings))
    assert (came.outcome, came.content) == (OK, b"photo")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "address"), [("/photo", "/photo"), ("/moved", "/photo"), ("/gone", "/img/photo_unavailable.png")]
)
def test_the_address_that_answered_is_told(server: HostileServer, settings: Fetch, path: str, address: str) -> None:
    assert asyncio.run(fetch(server.at(path), settings)).address == server.at(address)


@pytest.mark.slow
def test_a_loop_of_redirects_is_left_at_the_limit(server: HostileServer, settings: Fetch) -> None:
    refusal(server.at("/loop"), settings)
    assert len(server.requests) == MAX_REDIRECTS + 1


@pytest.mark.slow
def test_a_private_address_gets_no_request_unless_listed(server: HostileServer, settings: Fetch) -> None:
    unlisted = settings.model_copy(update={"private_hosts": ()})
    assert refusal(server.at("/photo"), unlisted) == Reason.PRIVATE_ADDRESS
    assert server.requests == []


@pytest.mark.slow
def test_the_server_sees_the_name_of_the_host_not_its_address(server: HostileServer, settings: Fetch) -> None:
    asyncio.run(fetch(server.at("/photo", host="localhost"), settings))
    assert f"Host: localhost:{server.server_address[1]}" in server.requests[0]


@pytest.mark.slow
def test_a_cookie_is_not_kept(server: HostileServer, settings: Fetch) -> None:
    asyncio.run(fetch(server.at("/cookie"), settings, times=2))
    assert not [line for line in server.requests[1] if line.startswith("Cookie")]


@pytest.mark.slow
def test_a_proxy_in_the_environment_is_ignored(
    server: HostileServer, settings: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert asyncio.run(fetch(server.at("/photo"), settings)).content == b"photo"


@pytest.mark.slow
def test_a_closed_port_refuses_the_connection(server: HostileServer, settings: Fetch) -> None:
    closed = settings.model_copy(update={"private_hosts": ("127.0.0.1:9",)})
    assert refusal("http://127.0.0.1:9/photo", closed) == Reason.REFUSED


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("ftp://example.org/a.jpg", Reason.BAD_SCHEME),
        ("data:image/png;base64,AAAA", Reason.BAD_SCHEME),
        ("http://", Reason.BAD_ADDRESS),
        ("http://[::1", Reason.BAD_ADDRESS),
        ("http://a:99999/", Reason.BAD_ADDRESS),
        ("http://a/\nb", Reason.BAD_ADDRESS),
        ("http://a/\ud800", Reason.BAD_ADDRESS),
        (f"http://{'x' * 64}.example/a.jpg", Reason.UNKNOWN_HOST),
    ],
)
def test_what_is_no_web_address_is_refused_before_any_connection(link: str, reason: Reason) -> None:
    assert refusal(link, load_settings(PARAMS).fetch) == reason
    assert refused(link) == (None if reason == Reason.UNKNOWN_HOST else reason)  # for that one a resolver is asked


@pytest.fixture
def certificate(tmp_path: Path, server: HostileServer) -> Path:
    """A certificate for the name localhost alone; the server speaks TLS with it."""
    path = tmp_path / "localhost.pem"
    write_certificate(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return path


@pytest.mark.slow
def test_a_certificate_is_checked_for_the_host_though_an_address_is_connected_to(
    server: HostileServer, certificate: Path, settings: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    link = server.at("/photo", scheme="https", host="localhost")
    assert asyncio.run(fetch(link, settings)).content == b"photo"
    by_address = asyncio.run(fetch(server.at("/photo", scheme="https"), settings))
    assert (by_address.outcome, by_address.content) == (Reason.TLS_FAILED, None)


@pytest.mark.slow
def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: HostileServer, certificate: Path, settings: Fetch
) -> None:
    link = server.at("/photo", scheme="https", host="localhost")
    assert refusal(link, settings) == Reason.TLS_FAILED
