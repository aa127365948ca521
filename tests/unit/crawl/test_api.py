import logging
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from kit.local_flickr import KEY, NOW, CountingFlickr, Fault, fetch, posts, settings
from popularity.crawl.answers import Page, PhotoInfo
from popularity.crawl.api import Came, Flickr, InVainError, as_key, hours_of, key_from_environment
from popularity.demo.flickr import Handler, serving
from popularity.errors import UserError
from popularity.settings import HostRate

INFO = "flickr.photos.getInfo"


@pytest.fixture
def server() -> Iterator[CountingFlickr]:
    with serving(CountingFlickr(posts(3))) as running:
        assert isinstance(running, CountingFlickr)
        yield running
        running.hanging.set()


def ask(server: CountingFlickr, method: str = INFO, **arguments: object) -> Came:
    with Flickr(settings(server), fetch(server, timeout_s=0.5), SecretStr(KEY)) as flickr:
        return flickr.ask(method, arguments or {"photo_id": 5001}, Page if "search" in method else PhotoInfo)


def test_an_answer_is_dated_by_flickrs_clock(server: CountingFlickr) -> None:
    came = ask(server)
    assert (came.code, came.at) == (0, NOW)
    with Flickr(settings(server), fetch(server), SecretStr(KEY)) as flickr:
        assert flickr.now() == NOW


@pytest.mark.parametrize(
    "fault", ["105", "106", "0", "429", "500", "503", "hang", "cut off", "html", "huge", "other form", "deep", "echo"]
)
def test_what_passes_is_asked_again_and_a_final_answer_ends_it(server: CountingFlickr, fault: Fault) -> None:
    server.faults = {INFO: [fault]}
    assert ask(server).code == 0
    assert server.asked.total() == 2


def test_what_never_passes_is_given_up_after_so_many_tries_and_a_later_run_is_named(server: CountingFlickr) -> None:
    server.faults = {INFO: ["105"] * 9}
    with pytest.raises(InVainError, match=r"getInfo that lasts: Not available \(code 105\)\n.*run the same again"):
        ask(server)
    assert server.asked.total() == 5


def test_a_pause_that_flickr_wants_is_waited_for(server: CountingFlickr) -> None:
    server.faults = {INFO: ["429"]}  # with a Retry-After of 1 second; the project's own wait is 0.01 here
    start = time.monotonic()
    assert ask(server).code == 0
    assert time.monotonic() - start >= 1


def test_so_many_calls_take_as_long_as_the_rate_says_and_half_the_jitter(server: CountingFlickr) -> None:
    rates = (HostRate(host="127.0.0.1", requests=3600), HostRate(host="other.example", requests=1))
    slow = fetch(server).model_copy(update={"per_hour": rates})
    assert hours_of(7592, settings(server), slow) == pytest.approx(7592 / 3600 * 1.05)
    assert hours_of(7592, settings(server), fetch(server)) == 0


def test_a_pause_beyond_patience_is_not_waited_for(server: CountingFlickr) -> None:
    server.faults = {INFO: ["429"]}
    no_patience = fetch(server).model_copy(update={"patience_s": 0.5})
    with (
        Flickr(settings(server), no_patience, SecretStr(KEY)) as flickr,
        pytest.raises(InVainError, match="http status 429"),
    ):
        flickr.ask(INFO, {"photo_id": 5001}, PhotoInfo)
    assert server.asked.total() == 1


def test_refusals_of_a_post_are_final(server: CountingFlickr) -> None:
    assert ask(server, photo_id=1).code == 1
    server.change(5001, gone="private")
    assert ask(server).code == 2
    assert server.asked.total() == 2


def test_a_key_that_flickr_does_not_take_is_asked_with_once_and_not_told(server: CountingFlickr) -> None:
    server.faults = {INFO: ["100"]}
    with pytest.raises(UserError, match=r"does not take the key: Invalid API Key \(FLICKR_API_KEY\)") as told:
        ask(server)
    assert KEY not in str(told.value)
    assert server.asked.total() == 1


def test_an_endpoint_that_is_none_is_named(server: CountingFlickr) -> None:
    nowhere = settings(server).model_copy(update={"endpoint": f"{server.address}/nowhere"})
    with Flickr(nowhere, fetch(server), SecretStr(KEY)) as flickr, pytest.raises(UserError, match="http status 404"):
        flickr.ask(INFO, {}, PhotoInfo)
    private = settings(server).model_copy(update={"endpoint": server.endpoint.replace("http:", "https:")})
    strict = fetch(server).model_copy(update={"private_hosts": ()})
    with Flickr(private, strict, SecretStr(KEY)) as flickr, pytest.raises(UserError, match="private address"):
        flickr.ask(INFO, {}, PhotoInfo)
    with pytest.raises(UserError, match="would get the key unencrypted"):
        Flickr(settings(server), strict, SecretStr(KEY))
    assert server.asked.total() == 0


class Moved(CountingFlickr):
    """Sends whoever asks to another server, with all that was asked."""

    to = ""

    def respond(self, handler: Handler, given: Mapping[str, str]) -> None:
        self.order.append(given["method"])
        handler.send(302, b"", "text/html", Location=f"{self.to}?{urlencode(given)}")


def test_no_redirect_is_followed_for_it_would_carry_the_key_elsewhere(server: CountingFlickr) -> None:
    with serving(Moved(posts(1))) as moved:
        moved.to = server.endpoint
        both = fetch(server).model_copy(update={"private_hosts": (server.host, moved.host)})
        with (
            Flickr(settings(moved), both, SecretStr(KEY)) as flickr,
            pytest.raises(UserError, match="is no API: too many redirects"),
        ):
            flickr.ask(INFO, {"photo_id": 5001}, PhotoInfo)
    assert moved.order == [INFO]
    assert server.asked.total() == 0


def test_calls_come_no_faster_than_the_rate(server: CountingFlickr) -> None:
    rate = HostRate(host="127.0.0.1", requests=36_000)
    slow = fetch(server).model_copy(update={"per_hour": (rate,)})
    start = time.monotonic()
    with Flickr(settings(server), slow, SecretStr(KEY)) as flickr:
        for _ in range(4):
            flickr.now()
    assert time.monotonic() - start >= 0.3


def test_no_log_holds_the_key(server: CountingFlickr, caplog: pytest.LogCaptureFixture) -> None:
    server.faults = {INFO: ["500", "hang", "cut off", "echo"]}
    with caplog.at_level(logging.DEBUG):
        came = ask(server)
    assert KEY.encode() not in came.content
    assert KEY not in caplog.text


def test_an_answer_that_repeats_the_key_comes_without_it(server: CountingFlickr) -> None:
    server.change(5001, title=f"my key is {KEY}")
    assert b"my key is FLICKR_API_KEY" in ask(server).content


def test_without_a_key_the_error_says_where_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLICKR_API_KEY", raising=False)
    with pytest.raises(UserError, match=r"https://www\.flickr\.com/services/apps/create/"):
        key_from_environment()
    monkeypatch.setenv("FLICKR_API_KEY", f" {KEY}\n")
    assert key_from_environment().get_secret_value() == KEY
    with pytest.raises(UserError, match="what the block holds is no key") as told:
        as_key("a key with spaces", "the block")
    assert "spaces" not in str(told.value)
