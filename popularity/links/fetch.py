"""The bytes behind a link, from the batch's folder or over http(s), within bounds of time and size."""

import asyncio
import re
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

from popularity.links.addresses import resolve
from popularity.links.reasons import NoPhotoError, Reason, http_status
from popularity.settings import FilterLinks

MAX_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
MAX_PORT = 65535
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def is_remote(link: str) -> bool:
    """Whether the link names a scheme; else it is a path relative to the batch's folder."""
    return SCHEME.match(link) is not None


def read_file(folder: Path, link: str, max_bytes: int) -> bytes:
    """The bytes of a file inside the batch's folder, which may itself be a symlink.

    Raises NoPhotoError: no link, outside the batch's folder, missing file, unreadable file, too large.
    """
    if not link.strip():
        raise NoPhotoError(Reason.NO_LINK)
    try:
        root, path = folder.resolve(), (folder / link).resolve()
        if not path.is_relative_to(root):
            raise NoPhotoError(Reason.OUTSIDE)
        if not path.is_file():
            raise NoPhotoError(Reason.MISSING_FILE)
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # no permission, too long a name, a NUL, a loop
        raise NoPhotoError(Reason.UNREADABLE_FILE) from error
    if len(content) > max_bytes:
        raise NoPhotoError(Reason.TOO_LARGE)
    return content


def open_client(settings: FilterLinks) -> httpx.AsyncClient:
    """A client that takes nothing from the environment, keeps no cookies and follows no redirect by itself.

    Connections are not kept: requests name addresses, not hosts, so a kept one could serve a host that its
    certificate was never checked for.
    """
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=settings.timeout_s,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "photo-popularity", "Accept": "image/*", "Accept-Encoding": "identity"},
    )


async def download(client: httpx.AsyncClient, link: str, settings: FilterLinks) -> bytes:
    """The body behind an http(s) address, redirects followed.

    Each hop's host is resolved once, checked, and connected to at the checked address.
    Raises NoPhotoError with any of the reasons that concern servers.
    """
    try:
        async with asyncio.timeout(settings.total_timeout_s):
            return await _follow(client, httpx.URL(link), settings)
    except httpx.InvalidURL as error:
        raise NoPhotoError(Reason.BAD_ADDRESS) from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise NoPhotoError(Reason.TIME_OUT) from error
    except (httpx.HTTPError, ValueError) as error:  # ValueError: a host name that TLS cannot carry
        raise NoPhotoError(Reason.CONNECTION_FAILED) from error


async def _follow(client: httpx.AsyncClient, url: httpx.URL, settings: FilterLinks) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        response = await _open(client, url, settings)
        try:
            if not response.has_redirect_location:
                return await _body(response, settings)
        finally:
            await response.aclose()
        url = url.join(response.headers["Location"])
        if any(placeholder in str(url) for placeholder in settings.placeholders):
            raise NoPhotoError(Reason.PLACEHOLDER)
    raise NoPhotoError(Reason.TOO_MANY_REDIRECTS)


async def _open(client: httpx.AsyncClient, url: httpx.URL, settings: FilterLinks) -> httpx.Response:
    if url.scheme not in PORTS:
        raise NoPhotoError(Reason.BAD_SCHEME)
    port = PORTS[url.scheme] if url.port is None else url.port
    if not url.host or port > MAX_PORT:
        raise NoPhotoError(Reason.BAD_ADDRESS)
    host = url.raw_host.decode("ascii")
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


async def _body(response: httpx.Response, settings: FilterLinks) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise NoPhotoError(http_status(response.status_code))
    if response.headers.get("Content-Encoding", "identity") != "identity":
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
