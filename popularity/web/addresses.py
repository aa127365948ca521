"""Which address a host may be reached at: a crawl's links must not lead into our own network."""

import asyncio
import ipaddress
import socket

from popularity.web.reasons import NoPhotoError, Reason

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as an IPv6-only network writes them (RFC 6052)."""

UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA gives out for the public internet. What lies beside it leads inside a site or to a host's own IPv4, if
anywhere, though `is_global` of not every Python says so: site-local (RFC 3879), local-use NAT64 (RFC 8215),
IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765), segments of routes (RFC 9602)."""

NOWHERE = tuple(map(ipaddress.ip_network, ("3fff::/20", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16")))
"""Which `is_global` of a Python calls public, too: documentation (RFC 9637), protocols, where a cloud has its metadata
(RFC 6890), relays that are no more (RFC 7526), a cloud's own services for its machines."""


def is_public(address: IpAddress) -> bool:
    """Whether the address is on the public internet, seen through the ways IPv6 has to write an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if inner := address.ipv4_mapped or address.sixtofour:
            return is_public(inner)
        if address not in UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in NOWHERE)


def is_literal(host: str) -> bool:
    """Whether a host is written as an address or as numbers that some systems read as one, and not as a name."""
    return ":" in host or host.replace(".", "").isdigit()


async def resolve(host: str, port: int, private_hosts: tuple[str, ...]) -> list[str]:
    """The addresses to connect to, as text, the best first.

    All of a host's addresses must be public, unless `host:port` is in private_hosts.
    Raises NoPhotoError: unknown host, private address.
    """
    try:
        # The zone of a link-local address (fe80::1%eth0) is dropped: such an address is private in any zone.
        addresses = [str(ipaddress.ip_address(host)).partition("%")[0]]
    except ValueError:
        addresses = await _looked_up(host, port)
    if f"{host}:{port}" not in private_hosts and not all(is_public(ipaddress.ip_address(a)) for a in addresses):
        raise NoPhotoError(Reason.PRIVATE_ADDRESS)
    return list(dict.fromkeys(addresses))


async def _looked_up(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoPhotoError(Reason.UNKNOWN_HOST) from error
    return [str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found]
