import asyncio
import datetime
import gzip
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from popularity.links.download import MAX_REDIRECTS, Download, download, open_client
from popularity.links.download import refusal as refused
from popularity.links.reasons import OK, Reason
from popularity.settings import Fetch, load_settings

PARAMS = Path(__file__).parents[3] / "params.yaml"
Answer = Callable[[socketserver.StreamRequestHandler], None]


def says(head: str, body: bytes = b"") -> Answer:
    message = f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode() + body
    return lambda to: to.wfile.write(message) and None


def moved(location: str) -> Answer:
    return says(f"302 Found\r\nContent-Length: 0\r\nLocation: {location}")


def repeats(block: bytes, every_s: float) -> Answer:
    def answer(to: socketserver.StreamRequestHandler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" if every_s else b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(200):
            to.wfile.write(block)
            time.sleep(every_s)

    return answer


ANSWERS: dict[str, Answer] = {
    "/photo": says("200 OK\r\nContent-Length: 5", b"photo"),
    "/no-length": says("200 OK", b"photo"),
    "/cookie": says("200 OK\r\nContent-Length: 5\r\nSet-Cookie: who=me", b"photo"),
    "/404": says("404 Not Found\r\nContent-Length: 4", b"gone"),
    "/429": says("429 Too Many Requests\r\nContent-Length: 0"),
    "/304": says("304 Not Modified"),
    "/moved": moved("/photo"),
    "/gone": moved("/img/photo_unavailable.png"),
    "/img/photo_unavailable.png": says("200 OK\r\nContent-Length: 5", b"sorry"),
    "/loop": moved("/loop"),
    "/to-file": moved("file:///etc/passwd"),
    "/to-metadata": moved("http://169.254.169.254/latest"),
    "/to-nowhere": moved("http://[::1"),
    "/drip": repeats(b".", 0.05),
    "/endless": repeats(b"." * 10_000, 0),
    "/silent": lambda to: time.sleep(2),
    "/short": says("200 OK\r\nContent-Length: 500", b"photo"),
    "/long": says("200 OK\r\nContent-Length: 3", b"photo"),
    "/hangs-up": lambda to: None,
    "/not-http": lambda to: to.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n") and None,
    "/bomb": says("200 OK\r\nContent-Encoding: gzip", gzip.compress(bytes(10_000_000))),
}


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            request = [self.rfile.readline().decode()]
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                request.append(line.decode().strip())
            self.server.requests.append(request)
            ANSWERS[request[0].split()[1]](self)
        except OSError:
            pass  # the client had enough


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[list[str]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A handshake that the client broke off is no news."""

    def at(self, path: str, *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.server_address[1]}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(server: Server) -> Fetch:
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
def test_the_body_of_a_good_answer_comes_back(server: Server, settings: Fetch, path: str) -> None:
    came = asyncio.run(fetch(server.at(path), settings))
    assert (came.outcome, came.content) == (OK, b"photo")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "address"), [("/photo", "/photo"), ("/moved", "/photo"), ("/gone", "/img/photo_unavailable.png")]
)
def test_the_address_that_answered_is_told(server: Server, settings: Fetch, path: str, address: str) -> None:
    assert asyncio.run(fetch(server.at(path), settings)).address == server.at(address)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/404", "http status 404"),
        ("/429", "http status 429"),
        ("/304", "http status 304"),
        ("/loop", Reason.TOO_MANY_REDIRECTS),
        ("/to-file", Reason.BAD_SCHEME),
        ("/to-metadata", Reason.PRIVATE_ADDRESS),
        ("/to-nowhere", Reason.CONNECTION_FAILED),
        ("/drip", Reason.TIME_OUT),
        ("/silent", Reason.TIME_OUT),
        ("/endless", Reason.TOO_LARGE),
        ("/short", Reason.TRUNCATED),
        ("/hangs-up", Reason.CONNECTION_FAILED),
        ("/not-http", Reason.CONNECTION_FAILED),
        ("/bomb", Reason.ENCODED_BODY),
    ],
)
def test_a_bad_answer_is_refused_with_its_reason(server: Server, settings: Fetch, path: str, reason: str) -> None:
    assert refusal(server.at(path), settings) == reason


@pytest.mark.slow
def test_a_loop_of_redirects_is_left_at_the_limit(server: Server, settings: Fetch) -> None:
    refusal(server.at("/loop"), settings)
    assert len(server.requests) == MAX_REDIRECTS + 1


@pytest.mark.slow
def test_a_private_address_gets_no_request_unless_listed(server: Server, settings: Fetch) -> None:
    unlisted = settings.model_copy(update={"private_hosts": ()})
    assert refusal(server.at("/photo"), unlisted) == Reason.PRIVATE_ADDRESS
    assert server.requests == []


@pytest.mark.slow
def test_the_server_sees_the_name_of_the_host_not_its_address(server: Server, settings: Fetch) -> None:
    asyncio.run(fetch(server.at("/photo", host="localhost"), settings))
    assert f"Host: localhost:{server.server_address[1]}" in server.requests[0]


@pytest.mark.slow
def test_a_cookie_is_not_kept(server: Server, settings: Fetch) -> None:
    asyncio.run(fetch(server.at("/cookie"), settings, times=2))
    assert not [line for line in server.requests[1] if line.startswith("Cookie")]


@pytest.mark.slow
def test_a_proxy_in_the_environment_is_ignored(
    server: Server, settings: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert asyncio.run(fetch(server.at("/photo"), settings)).content == b"photo"


@pytest.mark.slow
def test_a_closed_port_is_a_failed_connection(server: Server, settings: Fetch) -> None:
    closed = settings.model_copy(update={"private_hosts": ("127.0.0.1:9",)})
    assert refusal("http://127.0.0.1:9/photo", closed) == Reason.CONNECTION_FAILED


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("ftp://example.org/a.jpg", Reason.BAD_SCHEME),
        ("data:image/png;base64,AAAA", Reason.BAD_SCHEME),
        ("http://", Reason.BAD_ADDRESS),
        ("http://[::1", Reason.BAD_ADDRESS),
        ("http://a:99999/", Reason.BAD_ADDRESS),
        (f"http://{'x' * 64}.example/a.jpg", Reason.UNKNOWN_HOST),
    ],
)
def test_what_is_no_web_address_is_refused_before_any_connection(link: str, reason: Reason) -> None:
    assert refusal(link, load_settings(PARAMS).fetch) == reason
    assert refused(link) == (None if reason == Reason.UNKNOWN_HOST else reason)  # for that one a resolver is asked


@pytest.fixture
def certificate(tmp_path: Path, server: Server) -> Path:
    """A certificate for the name localhost alone; the server speaks TLS with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "localhost.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return path


async def fetch_trusting(certificate: Path, link: str, settings: Fetch) -> Download:
    async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=certificate)) as client:
        return await download(client, link, settings)


@pytest.mark.slow
def test_a_certificate_is_checked_for_the_host_though_an_address_is_connected_to(
    server: Server, certificate: Path, settings: Fetch
) -> None:
    link = server.at("/photo", scheme="https", host="localhost")
    assert asyncio.run(fetch_trusting(certificate, link, settings)).content == b"photo"
    by_address = asyncio.run(fetch_trusting(certificate, server.at("/photo", scheme="https"), settings))
    assert (by_address.outcome, by_address.content) == (Reason.CONNECTION_FAILED, None)


@pytest.mark.slow
def test_a_certificate_that_nobody_vouches_for_is_refused(server: Server, certificate: Path, settings: Fetch) -> None:
    link = server.at("/photo", scheme="https", host="localhost")
    assert refusal(link, settings) == Reason.CONNECTION_FAILED
