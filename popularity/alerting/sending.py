"""Alerts that wait are sent, each channel's the oldest first: again after a pause, and then by the next run."""

import hashlib
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock, Timeout
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from popularity import paths
from popularity.monitoring.alert_record import Alert, mark_sent, waiting_for
from popularity.settings import Alerts, AnyChannel

TRIES = 3
LONGEST_PAUSE_S = 5.0
LOCK = "alerts.lock"
OTHERS_S = 30.0
"""How long another run's sending is waited for."""

Send = Callable[[AnyChannel, Alert], None]
"""Raises NotSentError."""


class NotSentError(Exception):
    """An alert did not leave. passing: another try may help. The text holds no secret."""

    def __init__(self, why: str, *, passing: bool) -> None:
        super().__init__(why)
        self.passing = passing


def send_waiting(options: Alerts, ways: Mapping[str, Send]) -> list[str]:
    """Send what waits for the channels that options name; returns a sentence for each channel that did not take all.

    ways: by a channel's kind. Nothing is sent twice, unless a run is killed, or an answer lost, between an alert's
    arrival and its mark: then what arrives again has the same `identity`.
    """
    told = []
    try:
        with FileLock(paths.WORK / LOCK, timeout=OTHERS_S):
            for name, channel in options.to.items():
                told += [f"alerts to {name} wait for the next run: {why}" for why in _send(name, channel, ways)]
    except Timeout:
        told.append("alerts wait for the next run: another one is sending")
    return told


def identity(alert: Alert) -> str:
    """The same whenever an alert of this project is sent, and no other's: 64 hex digits."""
    return hashlib.sha256(f"{socket.gethostname()}\n{Path.cwd()}\n{alert.name}".encode()).hexdigest()


def _send(name: str, channel: AnyChannel, ways: Mapping[str, Send]) -> list[str]:
    """Why a channel did not take an alert; none: it has all."""
    tries = Retrying(
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(max=LONGEST_PAUSE_S),
        retry=retry_if_exception(lambda error: isinstance(error, NotSentError) and error.passing),
        reraise=True,
    )
    refused = []
    for alert in waiting_for(name):
        try:
            tries(ways[channel.kind], channel, alert)
        except NotSentError as error:
            if error.passing:
                return [str(error)]  # the others would fare no better
            refused.append(str(error))
        else:
            mark_sent(alert.name, name)
    return list(dict.fromkeys(refused))
