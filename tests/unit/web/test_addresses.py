import asyncio
import ipaddress

import pytest

from popularity.web.addresses import is_public, resolve
from popularity.web.reasons import NoPhotoError, Reason


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "192.88.99.1",
        "168.63.129.16",
        "::1",
        "::",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "100:0:0:1::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "fec0::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:0:127.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b:1::808:808",
        "64:ff9b:1:ffff::a00:1",
    ],
)
def test_an_address_of_our_own_network_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "::1"])
def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    with pytest.raises(NoPhotoError) as gone:
        asyncio.run(resolve(host, 80, ()))
    assert gone.value.reason == Reason.PRIVATE_ADDRESS


def test_a_listed_host_may_be_private_at_the_listed_port_only() -> None:
    assert asyncio.run(resolve("127.0.0.1", 8000, ("127.0.0.1:8000",))) == ["127.0.0.1"]
    with pytest.raises(NoPhotoError):
        asyncio.run(resolve("127.0.0.1", 8001, ("127.0.0.1:8000",)))
