import asyncio
import time

import pytest

from kit.photo_server import Says, serving
from kit.project import ROOT
from popularity.settings import Fetch, load_settings
from popularity.web.client import user_agent
from popularity.web.download import Download
from popularity.web.pace import JITTER, Pace, jittered
from popularity.web.patience import ask_hosts


def settings(**others: object) -> Fetch:
    return Fetch.model_validate(load_settings(ROOT / "params.yaml").fetch.model_dump() | others)


async def waits(pace: Pace, *hosts: str) -> float:
    start = time.monotonic()
    await asyncio.gather(*(pace.wait(host) for host in hosts))
    return time.monotonic() - start


def test_requests_of_a_host_go_out_evenly_however_many_ask_at_once() -> None:
    pace = Pace(settings(per_hour=[{"host": "slow.example", "requests": 36_000}]))
    assert asyncio.run(waits(pace, *["slow.example"] * 6)) >= 0.5


def test_other_hosts_do_not_wait_for_it() -> None:
    pace = Pace(settings(per_hour=[{"host": "slow.example", "requests": 3600}]))
    assert asyncio.run(waits(pace, "slow.example", *["other.example"] * 20)) < 0.5


def test_flickr_has_its_rate_in_the_params_that_ship() -> None:
    assert {one.host: one.requests for one in settings().per_hour} == {"api.flickr.com": 3600, "www.flickr.com": 3600}


def test_waits_differ_and_none_is_shorter_than_wanted_or_longer_by_more_than_the_share() -> None:
    waits = [jittered(10.0) for _ in range(200)]
    assert min(waits) >= 10
    assert max(waits) <= 10 * (1 + JITTER)
    assert max(waits) - min(waits) > 10 * JITTER / 2


@pytest.mark.slow
def test_links_of_a_host_keep_to_its_rate() -> None:
    with serving({f"/{n}": Says(404) for n in range(8)}) as server:
        fetch = settings(private_hosts=[server.host], per_hour=[{"host": "127.0.0.1", "requests": 36_000}])

        async def settle(link: str, came: Download) -> None:
            assert came.outcome == "http status 404"

        start = time.monotonic()
        asyncio.run(ask_hosts([server.at(f"/{n}") for n in range(8)], fetch, settle))
        assert time.monotonic() - start >= 0.7
        assert server.asked.total() == 8


def test_hosts_are_told_the_project_its_version_and_whom_to_write_to() -> None:
    assert user_agent("").startswith("photo-popularity/")
    assert user_agent("mailto:me@example.org").endswith(" (+mailto:me@example.org)")


@pytest.mark.parametrize("contact", ["a\r\nX-Other: b", "a)b", "\u00e4", "a b"])
def test_a_contact_that_would_break_the_header_is_refused(contact: str) -> None:
    with pytest.raises(ValueError, match="contact"):
        settings(contact=contact)
