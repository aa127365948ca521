"""Alerts to a webhook, as Slack and what is compatible with it take them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from popularity.alerting.sending import NotSentError, identity
from popularity.alerting.texts import for_chat
from popularity.monitoring.alert_record import Alert

TIMEOUT_S = 10.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSING = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)


def post(address: str, alert: Alert) -> None:
    """POST `{"text": ...}`. No redirect is followed, and the answer's body is not read.

    One that is sent again has the same Idempotency-Key. Raises NotSentError, whose text never holds the address: who
    knows it may post.
    """
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError):
        raise NotSentError("its url is no address", passing=False) from None
    if not (url.scheme == "https" or (url.scheme == "http" and url.host in LOOPBACK)):
        raise NotSentError("its url is no https address", passing=False)
    try:
        with _unlogged(), httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
            headers = {"Idempotency-Key": identity(alert)}
            with client.stream("POST", url, json={"text": for_chat(alert)}, headers=headers) as answer:
                status = answer.status_code
    except (httpx.HTTPError, UnicodeError, ValueError) as error:
        passing = isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)
        raise NotSentError(f"{type(error).__name__}", passing=passing) from None
    if httpx.codes.is_redirect(status):
        raise NotSentError(f"it answered {status}, and no redirect is followed", passing=False)
    if not httpx.codes.is_success(status):
        raise NotSentError(f"it answered {status}", passing=status in PASSING or httpx.codes.is_server_error(status))


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep httpx from logging the address, which it does at level INFO."""
    logger = logging.getLogger("httpx")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
