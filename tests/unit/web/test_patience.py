"""Links asked for as hosts bear it, against real servers that count."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kit.photo_server import PhotoServer, Says, photo, serving
from kit.project import ROOT
from popularity.settings import Fetch, load_settings
from popularity.web.addresses import resolve
from popularity.web.download import Download
from popularity.web.patience import BREAK_AFTER, ask_hosts

pytestmark = pytest.mark.slow

OK = Says(body=photo(1))


def asked(paths: Sequence[str], *servers: PhotoServer, **settings: float) -> dict[str, str]:
    """Outcomes by path, each settled once."""
    fetch = load_settings(ROOT / "params.yaml").fetch
    fetch = Fetch.model_validate(fetch.model_dump() | {"private_hosts": [s.host for s in servers]} | settings)
    found: dict[str, str] = {}

    async def settle(link: str, came: Download) -> None:
        path = link.partition("//")[2].partition("/")[2]
        assert path not in found
        found[path] = came.outcome

    asyncio.run(ask_hosts([server.at(path) for path in paths for server in servers], fetch, settle))
    return found


def test_sixty_photos_of_a_host_that_bears_ten_a_second_all_come() -> None:
    paths = [f"/{n}" for n in range(60)]
    with serving(dict.fromkeys(paths, OK), per_second=10) as server:
        found = asked(paths, server)
        assert list(found.values()) == ["ok"] * 60
        assert max(server.asked.values()) <= 3
        assert server.asked.total() < 120  # a pause that one was told is every one's


def test_what_passes_is_asked_again_after_all_first_tries_and_recorded_when_it_stays() -> None:
    with serving({"/busy": Says(503), "/down": Says(500), "/a": OK, "/b": OK}) as server:
        found = asked(["/busy", "/down", "/a", "/b"], server, tries=2)
        assert found == {"busy": "http status 503", "down": "http status 500", "a": "ok", "b": "ok"}
        assert sorted(server.order[:4]) == ["/a", "/b", "/busy", "/down"]
        assert sorted(server.order[4:]) == ["/busy", "/down"]


def test_a_host_that_recovers_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as server:
        monkeypatch.setattr(server, "answer", lambda path: OK if server.asked[path] == 3 else Says(503))
        assert asked(["/a"], server) == {"a": "ok"}


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_pause_that_a_host_wants_it_gets(form: str) -> None:
    with serving({}) as server:
        start = time.monotonic()
        wanted = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True) if form == "date" else "3"
        server.answers = {"/busy": Says(429, retry_after=wanted)}
        asked(["/busy"], server, tries=2)
        assert time.monotonic() - start >= 3
        assert server.asked["/busy"] == 2


@pytest.mark.parametrize("wanted", ["tomorrow", "-3", "1.5", "\u0663", ""])
def test_a_pause_that_cannot_be_read_is_none(wanted: str) -> None:
    with serving({"/busy": Says(429, retry_after=wanted.encode().decode("latin-1"))}) as server:
        start = time.monotonic()
        asked(["/busy"], server, tries=2)
        assert time.monotonic() - start < 3


def test_patience_ends_with_a_host_that_gives_no_final_answer_and_others_wait_for_nothing() -> None:
    paths = [f"/{n}" for n in range(20)]
    with serving(dict.fromkeys(paths, Says(429, retry_after="3600"))) as busy, serving({}) as other:
        start = time.monotonic()
        found = asked(paths, busy, patience_s=1)
        assert time.monotonic() - start < 10
        assert set(found.values()) == {"http status 429"}
        assert busy.asked.total() <= 8
        assert set(asked(paths, other, patience_s=0).values()) == {"http status 404"}


@pytest.mark.parametrize(("status", "recorded"), [(429, "429"), (503, "503"), (403, "429")])
def test_a_pause_longer_than_the_patience_ends_the_hosts_run_and_every_link_is_settled_to_be_asked_again(
    status: int, recorded: str
) -> None:
    paths = [f"/{n}" for n in range(300)]
    with serving(dict.fromkeys(paths, Says(status, retry_after="3600"))) as busy, serving({}) as other:
        start = time.monotonic()
        found = asked(paths, busy, patience_s=5, per_host=8)
        assert time.monotonic() - start < 5
        answered = {path.removeprefix("/") for path in busy.asked}
        assert busy.asked.total() == len(answered) <= 8
        assert len(found) == 300
        assert {found[path] for path in answered} == {f"http status {status}"}
        assert {found[path] for path in found.keys() - answered} == {f"http status {recorded}"}
        asked(paths, other, patience_s=5)  # of another run and host, none is held back
        assert other.asked.total() == 300


def test_pauses_that_sum_up_to_more_than_the_patience_end_as_one_does() -> None:
    paths = [f"/{n}" for n in range(40)]
    with serving(dict.fromkeys(paths, Says(429, retry_after="1"))) as busy:
        start = time.monotonic()
        found = asked(paths, busy, patience_s=2.5, per_host=2)
        assert 2 <= time.monotonic() - start < 8
        assert busy.asked.total() <= 8
        assert list(found.values()) == ["http status 429"] * 40


def test_a_host_that_asks_for_longer_than_the_patience_among_later_tries_keeps_the_answers_there_are() -> None:
    busy = Says(500, then=Says(503, retry_after="3600"))
    with serving(dict.fromkeys(("/a", "/b", "/c"), busy)) as server:
        start = time.monotonic()
        found = asked(["/a", "/b", "/c"], server, patience_s=3, per_host=1)
        assert time.monotonic() - start < 5
        assert sorted(found.values()) == ["http status 500", "http status 500", "http status 503"]
        assert server.asked.total() == 4


HANGS = Says(delay_s=20)


def test_links_that_hang_hold_up_none_of_their_hosts_others_and_are_not_asked_for_again() -> None:
    paths = [f"/{n}" for n in range(120)]
    answers = {path: HANGS if n % 4 == 0 else OK for n, path in enumerate(paths)}
    with serving(answers, delay_s=0.02) as server:
        start = time.monotonic()
        found = asked(paths, server, timeout_s=4, per_host=8)
        took = time.monotonic() - start
        assert {found[path.removeprefix("/")] for path in paths[::4]} == {"time-out"}
        assert set(found.values()) == {"time-out", "ok"}
        assert took < 4 + 4  # one time-out: without letting the others past they would take four, and as many again
        assert max(server.asked.values()) == 1


def test_few_links_that_hang_are_asked_for_again_after_all_others() -> None:
    answers = {"/a": Says(delay_s=20, then=OK), "/b": OK, "/c": OK}
    with serving(answers) as server:
        assert asked(list(answers), server, timeout_s=2, tries=2) == {"a": "ok", "b": "ok", "c": "ok"}
        assert server.order[3:] == ["/a"]


def test_a_host_that_is_down_is_not_asked_for_each_of_its_links() -> None:
    paths = [f"/{n}" for n in range(400)]
    with serving(dict.fromkeys(paths, HANGS)) as down, serving(dict.fromkeys(paths, OK)) as up:
        found = asked(paths, down, timeout_s=1, tries=3, per_host=8)
        assert set(found.values()) == {"time-out"}
        assert len(found) == 400
        assert down.asked.total() <= BREAK_AFTER + 7
        assert set(asked(paths, up).values()) == {"ok"}


def test_a_name_that_leads_nowhere_is_looked_up_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []

    async def counted(host: str, port: int, private_hosts: tuple[str, ...]) -> list[str]:
        looked_up.append(host)
        return await resolve(host, port, private_hosts)

    monkeypatch.setattr("popularity.web.client.resolve", counted)
    settled: Counter[str] = Counter()

    async def settle(link: str, came: Download) -> None:
        settled[came.outcome] += 1

    links = [f"https://no-such-host.invalid/{n}.jpg" for n in range(2000)]
    asyncio.run(ask_hosts(links, load_settings(ROOT / "params.yaml").fetch, settle))
    assert settled == {"unknown host": 2000}
    assert len(looked_up) < 2 * BREAK_AFTER + 2


def test_a_host_that_comes_back_among_later_tries_is_asked_for_all_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = [f"/{n}" for n in range(40)]
    with serving({}) as server:
        monkeypatch.setattr(server, "answer", lambda _: Says(delay_s=4) if server.asked.total() <= BREAK_AFTER else OK)
        found = asked(paths, server, timeout_s=1, tries=2, per_host=8)
        assert Counter(found.values()) == {"ok": 40 - BREAK_AFTER, "time-out": BREAK_AFTER}


def test_a_host_is_asked_for_so_many_links_at_a_time_and_all_of_them_for_so_many() -> None:
    paths = [f"/{n}" for n in range(30)]
    with serving({}, delay_s=0.05) as server:
        asked(paths, server, per_host=3, concurrency=9)
        assert server.at_once == 3
    with serving({}, delay_s=0.05) as server:
        asked(paths, server, per_host=9, concurrency=4)
        assert server.at_once == 4
