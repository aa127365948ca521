"""The client that asks the web: connections are kept a while for each host, and lead to checked addresses alone."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from importlib.metadata import version
from socket import AF_INET, AF_INET6, AF_UNSPEC, AddressFamily
from typing import Any

import certifi
from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
    TraceConfig,
)
from aiohttp.abc import AbstractResolver, ResolveResult

from popularity.settings import Fetch
from popularity.web.addresses import resolve

KEPT_S = 2.0
"""How long a connection that nobody uses is kept. A host's links come one after another; of thousands of hosts longer
ones would be more files than a process may have open."""

_was_kept: ContextVar[bool] = ContextVar("_was_kept", default=False)
"""Whether the connection of the request under way had been used before."""


@asynccontextmanager
async def open_client(settings: Fetch, accept: str = "image/*") -> AsyncIterator[ClientSession]:
    """A client that takes nothing from the environment, keeps no cookies and unpacks nothing.

    accept: the header that says what is wanted. A kept connection serves the scheme, host name and port that it was
    opened for, and its certificate checked for, never another name at the same address.
    """
    connector = TCPConnector(
        resolver=_CheckedResolver(settings.private_hosts),
        ttl_dns_cache=0,  # asked again for each new connection; those that open at a time share one look-up
        ssl=ssl.create_default_context(cafile=certifi.where()),
        limit=0,  # whoever asks says how many at a time
        keepalive_timeout=KEPT_S,
    )
    kept = TraceConfig()
    kept.on_connection_reuseconn.append(_note_kept)
    async with ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=settings.timeout_s, sock_read=settings.timeout_s),
        headers={"User-Agent": user_agent(settings.contact), "Accept": accept, "Accept-Encoding": "identity"},
        auto_decompress=False,
        trace_configs=[kept],
        middlewares=[_ask_again_where_kept],
    ) as client:
        yield client


def user_agent(contact: str | None) -> str:
    """What hosts are told of who asks."""
    return f"photo-popularity/{version('photo-popularity')}" + (f" (+{contact})" if contact else "")


class _CheckedResolver(AbstractResolver):
    """Gives addresses that a host may be connected to, and no others; of literal ones aiohttp does not ask it."""

    def __init__(self, private_hosts: tuple[str, ...]) -> None:
        self._private_hosts = private_hosts

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        """As aiohttp wants it. Raises NoPhotoError as `addresses.resolve`."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=AF_INET6 if ":" in address else AF_INET,
                proto=0,
                flags=0,
            )
            for address in await resolve(host, port, self._private_hosts)
        ]

    async def close(self) -> None:
        """It holds nothing."""


async def _note_kept(session: ClientSession, context: Any, params: Any) -> None:
    _was_kept.set(True)


async def _ask_again_where_kept(request: ClientRequest, ask: ClientHandlerType) -> ClientResponse:
    """A host may close a kept connection at any moment, and aiohttp asks again then; not so where a new one breaks."""
    _was_kept.set(False)
    try:
        return await ask(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        if _was_kept.get():
            raise
        raise ClientConnectionError(str(error)) from error
