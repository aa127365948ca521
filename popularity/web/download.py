"""What a web address answers: one link, within bounds of time and size."""

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote, urljoin, urlsplit

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    InvalidURL,
)
from yarl import URL

from popularity.settings import Fetch
from popularity.web.addresses import is_literal, resolve
from popularity.web.client import open_client
from popularity.web.reasons import OK, NoPhotoError, Reason, http_status

__all__ = ["Download", "download", "open_client", "refusal"]

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SCHEMES = ("http", "https")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PLAIN = re.compile(r"https?://[a-z0-9.-]+(:([1-5]?\d{1,4}|6[0-4]\d{3}))?/[\w!$&'()*+,;=:@/.~-]*", re.ASCII)
"""What nearly all links are: they are taken as they stand."""

STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
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
        web_address(link)
    except NoPhotoError as gone:
        return Reason(gone.reason)
    return None


def web_address(link: str) -> URL:
    """The address that a link is, its path and query as they stand there but for what no address may hold.

    Raises NoPhotoError: not an address, neither http nor https.
    """
    if PLAIN.fullmatch(link):
        return URL(link, encoded=True)
    try:
        url, parts = URL(link), urlsplit(link)
        if url.scheme not in SCHEMES:
            raise NoPhotoError(Reason.BAD_SCHEME)
        if not url.raw_host or CONTROL.search(link):
            raise NoPhotoError(Reason.BAD_ADDRESS)
        path, query = _escaped(parts.path) or "/", _escaped(parts.query)
        return URL.build(scheme=url.scheme, authority=url.raw_authority, path=path, query_string=query, encoded=True)
    except ValueError as error:
        raise NoPhotoError(Reason.BAD_ADDRESS) from error


def _escaped(part: str) -> str:
    """What is %xx already stays: to some servers %2C and a comma are two photos."""
    return STRAY_PERCENT.sub("%25", quote(part, safe="%!$&'()*+,;=:@/?~[]", errors="surrogateescape"))


async def download(
    client: ClientSession, link: str, settings: Fetch, *, most_redirects: int = MAX_REDIRECTS
) -> Download:
    """Ask an http(s) address, so many redirects followed, each hop at a checked address.

    client: of `open_client`, with the same settings.
    """
    asked = [link]
    try:
        async with asyncio.timeout(settings.total_timeout_s):
            content, date = await _follow(client, asked, settings, most_redirects)
            return Download(asked[-1], OK, content, date=date)
    except _RefusedError as refused:
        return Download(asked[-1], refused.reason, retry_after_s=refused.retry_after_s)
    except NoPhotoError as gone:
        outcome = gone.reason
    except InvalidURL:
        outcome = Reason.BAD_ADDRESS
    except TimeoutError:
        outcome = Reason.TIME_OUT
    except ClientSSLError:
        outcome = Reason.TLS_FAILED
    except ClientConnectorError as error:
        outcome = _unconnected(error.os_error)
    except (ClientError, ValueError):  # ValueError: a host name that TLS cannot carry
        outcome = Reason.CONNECTION_FAILED
    return Download(asked[-1], outcome)


def _unconnected(error: OSError) -> Reason:
    """Why no connection came about: a system says which error it was in several ways."""
    match error:
        case ConnectionRefusedError():
            return Reason.REFUSED
        case TimeoutError():
            return Reason.TIME_OUT
        case _:
            return Reason.CONNECTION_FAILED


class _RefusedError(NoPhotoError):
    """A status other than 200."""

    def __init__(self, response: ClientResponse) -> None:
        super().__init__(http_status(response.status))
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


async def _follow(
    client: ClientSession, asked: list[str], settings: Fetch, most_redirects: int
) -> tuple[bytes, int | None]:
    """Body and date at the end of the redirects; each address that they lead to is appended to `asked`."""
    for _ in range(most_redirects + 1):
        url = web_address(asked[-1])
        if url.raw_host and is_literal(url.raw_host):
            await resolve(url.raw_host, url.port or 0, settings.private_hosts)
        async with client.get(url, allow_redirects=False) as response:
            if response.status not in REDIRECTS or "Location" not in response.headers:
                return await _body(response, settings), _date(response.headers.get("Date", ""))
            asked.append(_led_to(url, response.headers["Location"]))
    raise NoPhotoError(Reason.TOO_MANY_REDIRECTS)


def _led_to(url: URL, location: str) -> str:
    """The address that a redirect leads to, in ASCII. Raises NoPhotoError where it is none."""
    try:
        target = urljoin(str(url), location)
        return str(web_address(target)) if target.startswith(("http:", "https:")) else _escaped(target)
    except ValueError as error:
        raise NoPhotoError(Reason.CONNECTION_FAILED) from error


async def _body(response: ClientResponse, settings: Fetch) -> bytes:
    if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
        raise NoPhotoError(Reason.CONNECTION_FAILED)  # to one that nobody asked for
    if response.status != HTTPStatus.OK:
        raise _RefusedError(response)
    said = {coding.strip().lower() for coding in ",".join(response.headers.getall("Content-Encoding", [])).split(",")}
    if said & COMPRESSIONS:
        raise NoPhotoError(Reason.ENCODED_BODY)  # unpacking it could take any amount of memory
    content = bytearray()
    try:
        async for block in response.content.iter_any():
            content += block
            if len(content) > settings.max_bytes:
                raise NoPhotoError(Reason.TOO_LARGE)
    except TimeoutError:
        raise
    except (ClientPayloadError, ClientConnectionError) as error:
        raise NoPhotoError(Reason.TRUNCATED) from error
    return bytes(content)
