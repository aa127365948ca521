"""Which address a host may be reached at: a crawl's links must not lead into our own network."""

import asyncio
import ipaddress
import socket

from popularity.links.reasons import NoPhotoError, Reason

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as an IPv6-only network writes them (RFC 6052)."""

NOWHERE = tuple(map(ipaddress.IPv6Network, ("fec0::/10", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")))
"""Which lead inside a site or to a host's own IPv4, if anywhere, though Python's `is_global` does not say so of all:
site-local (RFC 3879), local-use NAT64 (RFC 8215), IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765)."""


def is_public(address: IpAddress) -> bool:
    """Whether the address is on the public internet, seen through the ways IPv6 has to write an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in network for network in NOWHERE):
            return False
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if inner := address.ipv4_mapped or address.sixtofour:
            return is_public(inner)
    return address.is_global and not address.is_multicast


async def resolve(host: str, port: int, private_hosts: tuple[str, ...]) -> list[str]:
    """The addresses to connect to, as text, the best first.

    All of a host's addresses must be public, unless `host:port` is in private_hosts.
    Raises NoPhotoError: unknown host, private address.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoPhotoError(Reason.UNKNOWN_HOST) from error
    # The zone of a link-local address (fe80::1%eth0) is dropped: such an address is private in any zone.
    addresses = [str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found]
    if f"{host}:{port}" not in private_hosts and not all(is_public(ipaddress.ip_address(a)) for a in addresses):
        raise NoPhotoError(Reason.PRIVATE_ADDRESS)
    return list(dict.fromkeys(addresses))
