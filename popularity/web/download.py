"""What a web address answers: one link, within bounds of time and size."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from popularity.settings import Fetch
from popularity.web.addresses import resolve
from popularity.web.reasons import OK, NoPhotoError, Reason, http_status

MAX_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
MAX_PORT = 65535
COMPRESSIONS = frozenset(
    {"gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "zstd", "dcb", "dcz", "exi", "pack200-gzip"}
)
"""Content codings that change the bytes (IANA's registry); servers write charsets and other words there as well."""


@dataclass(frozen=True)
class Download:
    """address: the last one asked. outcome: OK, a `Reason` or `http_status(...)`. content: None unless OK.

    retry_after_s: how long the host wants to be asked for nothing. date: by its own clock, Unix seconds; None where it
    did not say.
    """

    address: str
    outcome: str
    content: bytes | None = None
    retry_after_s: float = 0.0
    date: int | None = None


def refusal(link: str) -> Reason | None:
    """Why a link leads nowhere on the web, whoever is asked; None where it may."""
    try:
        _host_and_port(httpx.URL(link))
    except httpx.InvalidURL:
        return Reason.BAD_ADDRESS
    except NoPhotoError as gone:
        return Reason(gone.reason)
    return None


def open_client(settings: Fetch, accept: str = "image/*") -> httpx.AsyncClient:
    """A client that takes nothing from the environment, keeps no cookies and follows no redirect by itself.

    accept: the header that says what is wanted.
    Connections are not kept: requests name addresses, not hosts, so a kept one could serve a host that its
    certificate was never checked for.
    """
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=settings.timeout_s,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "photo-popularity", "Accept": accept, "Accept-Encoding": "identity"},
    )


async def download(client: httpx.AsyncClient, link: str, settings: Fetch) -> Download:
    """Ask an http(s) address, redirects followed.

    Each hop's host is resolved once, checked, and connected to at the checked address.
    """
    asked = [link]
    try:
        async with asyncio.timeout(settings.total_timeout_s):
            content, date = await _follow(client, asked, settings)
            return Download(asked[-1], OK, content, date=date)
    except _RefusedError as refused:
        return Download(asked[-1], refused.reason, retry_after_s=refused.retry_after_s)
    except NoPhotoError as gone:
        outcome = gone.reason
    except httpx.InvalidURL:
        outcome = Reason.BAD_ADDRESS
    except (TimeoutError, httpx.TimeoutException):
        outcome = Reason.TIME_OUT
    except (httpx.HTTPError, ValueError):  # ValueError: a host name that TLS cannot carry
        outcome = Reason.CONNECTION_FAILED
    return Download(asked[-1], outcome)


class _RefusedError(NoPhotoError):
    """A status other than 200."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(http_status(response.status_code))
        self.retry_after_s = _seconds(response.headers.get("Retry-After", ""))


def _seconds(retry_after: str) -> float:
    """A Retry-After's seconds from now: it holds a number of them or a date (RFC 9110, 10.2.3); 0 where neither."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    with suppress(ValueError):
        until = parsedate_to_datetime(retry_after)
        return max(0.0, until.timestamp() - time.time())
    return 0.0


def _date(header: str) -> int | None:
    with suppress(ValueError):
        return int(parsedate_to_datetime(header).timestamp())
    return None


async def _follow(client: httpx.AsyncClient, asked: list[str], settings: Fetch) -> tuple[bytes, int | None]:
    """Body and date at the end of the redirects; each address that they lead to is appended to `asked`."""
    url = httpx.URL(asked[-1])
    for _ in range(MAX_REDIRECTS + 1):
        response = await _open(client, url, settings)
        try:
            if not response.has_redirect_location:
                return await _body(response, settings), _date(response.headers.get("Date", ""))
        finally:
            await response.aclose()
        url = url.join(response.headers["Location"])
        asked.append(str(url))
    raise NoPhotoError(Reason.TOO_MANY_REDIRECTS)


async def _open(client: httpx.AsyncClient, url: httpx.URL, settings: Fetch) -> httpx.Response:
    host, port = _host_and_port(url)
    *others, last = await resolve(host, port, settings.private_hosts)

    def request(address: str) -> httpx.Request:
        return client.build_request(
            "GET",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": host},  # the name that the certificate is checked for
        )

    for address in others:
        with suppress(httpx.ConnectError, httpx.ConnectTimeout):
            return await client.send(request(address), stream=True)
    return await client.send(request(last), stream=True)


def _host_and_port(url: httpx.URL) -> tuple[str, int]:
    if url.scheme not in PORTS:
        raise NoPhotoError(Reason.BAD_SCHEME)
    port = PORTS[url.scheme] if url.port is None else url.port
    if not url.host or port > MAX_PORT:
        raise NoPhotoError(Reason.BAD_ADDRESS)
    return url.raw_host.decode("ascii"), port


async def _body(response: httpx.Response, settings: Fetch) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise _RefusedError(response)
    said = {coding.strip().lower() for coding in response.headers.get("Content-Encoding", "").split(",")}
    if said & COMPRESSIONS:
        raise NoPhotoError(Reason.ENCODED_BODY)  # unpacking it could take any amount of memory
    content = bytearray()
    try:
        async for block in response.aiter_raw():
            content += block
            if len(content) > settings.max_bytes:
                raise NoPhotoError(Reason.TOO_LARGE)
    except (httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise NoPhotoError(Reason.TRUNCATED) from error
    return bytes(content)
