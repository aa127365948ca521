"""Alerts to a webhook, a real one on loopback."""

import logging
import socket
import time

import pytest

from kit.alert_servers import alert, hook
from kit.hostile_server import hangs, raw, serving_hostile
from popularity.alerting import to_webhook
from popularity.alerting.sending import NotSentError
from popularity.alerting.to_webhook import post


def test_it_gets_one_text_and_the_address_is_logged_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with hook() as there:
        post(there.address, alert())
        post(there.address, alert())
    assert there.texts[0] == (
        "photo-popularity, night-002: stop\nstop: Gate, critical: avgview: 291 rows.\n"
        "page: reports/batches/night-002.html"
    )
    assert there.keys[0] == there.keys[1]  # by which a receiver may know that it has it
    assert "s3cret-token" not in caplog.text


@pytest.mark.parametrize(
    ("status", "passing"),
    [(500, True), (503, True), (429, True), (408, True), (404, False), (400, False), (403, False)],
)
def test_a_refusal_says_whether_another_try_may_help(status: int, passing: bool) -> None:
    with hook(status) as there, pytest.raises(NotSentError, match=f"it answered {status}") as refused:
        post(there.address, alert())
    assert refused.value.passing is passing


def test_a_redirect_is_not_followed() -> None:
    told = "it answered 307, and no redirect is followed"
    with hook() as elsewhere, hook(307, location=elsewhere.address) as there, pytest.raises(NotSentError, match=told):
        post(there.address, alert())
    assert elsewhere.texts == []


def test_a_silent_server_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(to_webhook, "TIMEOUT_S", 0.2)
    with serving_hostile({"/": hangs}) as server:
        start = time.monotonic()
        with pytest.raises(NotSentError, match="ReadTimeout") as left:
            post(server.at("/"), alert())
    assert left.value.passing
    assert time.monotonic() - start < 5


def test_an_endless_body_is_not_read() -> None:
    endless = raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, times=10**6)
    with serving_hostile({"/": endless}) as server:
        start = time.monotonic()
        post(server.at("/"), alert())
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "address", ["http://hooks.example.org/s3cret", "ftp://127.0.0.1/s3cret", "s3cret", "http://[s3cret", ""]
)
def test_an_address_that_would_show_the_secret_is_refused_without_it(address: str) -> None:
    with pytest.raises(NotSentError, match="its url is no") as refused:
        post(address, alert())
    assert "s3cret" not in str(refused.value)
    assert not refused.value.passing


def test_nobody_listening_is_passing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NotSentError, match="ConnectError") as refused:
        post(f"http://127.0.0.1:{port}/s3cret", alert())
    assert refused.value.passing
    assert "s3cret" not in str(refused.value)
