"""Alerts of the flows: what is on record to be told is sent at a run's end, and no part of it fails the run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from uuid import NAMESPACE_URL, uuid5

from popularity import paths
from popularity.alerting.sending import NotSentError, identity, send_waiting
from popularity.alerting.texts import lines, subject
from popularity.alerting.to_file import append
from popularity.alerting.to_mail import mail
from popularity.alerting.to_webhook import post
from popularity.errors import UserError
from popularity.monitoring.alert_record import Alert, put_on_record
from popularity.monitoring.alerts import of_failed_run, overdue_labels
from popularity.printing import say
from popularity.settings import (
    Alerts,
    AnyChannel,
    EmailChannel,
    FileChannel,
    PrefectChannel,
    WebhookChannel,
    load_settings,
)

LONGEST_S = 90.0
"""How long a run waits for its alerts to leave; a server that answers byte by byte keeps none longer."""


@contextmanager
def alerting() -> Iterator[None]:
    """Tell of a run of a flow that fails in this block, and send what waits at its end.

    A flow inside another one leaves both to that one; a run that is stopped leaves the sending to the next.
    """
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if context is None or run is None or run.parent_task_run_id is not None:
        yield
        return
    try:
        yield
    except Exception as error:
        if why := _failures(error):
            with harmless():
                told = f"{context.flow.name if context.flow else 'a flow'}, run {run.name},"
                put_on_record(of_failed_run(str(run.id), told, why), load_settings().monitoring.alerts)
        send_alerts()
        raise
    send_alerts()


def tell_overdue_labels() -> None:
    """Put on record of which nights no label has come in time."""
    with harmless():
        settings = load_settings()
        for news in overdue_labels(settings) if settings.monitoring.alerts.to else ():
            put_on_record(news, settings.monitoring.alerts)


def send_alerts() -> None:
    """Send what waits, for LONGEST_S at most; says what could not be sent."""
    with harmless():
        options = load_settings().monitoring.alerts
        if not options.to or not paths.ALERTS.is_dir():
            return
        sender = Thread(target=copy_context().run, args=(_send, options), daemon=True)
        sender.start()
        sender.join(LONGEST_S)
        if sender.is_alive():
            say(f"warning: alerts are not all sent after {LONGEST_S:g} s: the next run goes on", err=True)


def _send(options: Alerts) -> None:
    with harmless():
        for told in send_waiting(options, WAYS):
            say(f"warning: {told}", err=True)


@contextmanager
def harmless() -> Iterator[None]:
    """Say what goes wrong; of what this project did not word, its kind alone: a message might hold a secret."""
    try:
        yield
    except UserError as error:
        say(f"warning: alerts wait for the next run: {error}", err=True)
    except Exception as error:  # noqa: BLE001, no alert is worth a night
        say(f"warning: alerts wait for the next run: {type(error).__name__}", err=True)


def _failures(error: Exception) -> list[str]:
    """A line for each thing that went wrong; none where crawls were refused, whose verdicts are told already."""
    return [f"{type(one).__name__}: {one}" for one in getattr(error, "failures", [error])]


def secret(name: str) -> str:
    """What `env/NAME` or `block/NAME` holds. Raises NotSentError where it is not there."""
    place, _, what = name.partition("/")
    if place == "env":
        if not (value := os.environ.get(what)):
            raise NotSentError(f"the variable {what} is not set", passing=False)
        return value
    from prefect.blocks.system import Secret

    try:
        block = Secret.load(what)
    except ValueError:
        raise NotSentError(f"there is no Secret block {what}", passing=False) from None
    except Exception as error:  # noqa: BLE001, whatever its client raises
        raise NotSentError(f"Secret block {what}: {type(error).__name__}", passing=True) from None
    assert isinstance(block, Secret)  # awaited where a loop runs alone, which is not here
    return str(block.get())


def _to_file(channel: AnyChannel, alert: Alert) -> None:
    assert isinstance(channel, FileChannel)
    append(Path(channel.path), alert)


def _to_mail(channel: AnyChannel, alert: Alert) -> None:
    assert isinstance(channel, EmailChannel)
    mail(channel, secret(channel.password) if channel.password else None, alert)


def _to_webhook(channel: AnyChannel, alert: Alert) -> None:
    assert isinstance(channel, WebhookChannel)
    post(secret(channel.url), alert)


def to_prefect(channel: AnyChannel, alert: Alert) -> None:
    """Emit an event; one that is sent again has the same id, and the server keeps one.

    Raises NotSentError where no server is named: a flow's own temporary one has no automation.
    """
    assert isinstance(channel, PrefectChannel)
    from prefect.client.orchestration import get_client
    from prefect.events import Event, Resource
    from prefect.settings import get_current_settings

    if not get_current_settings().api.url:
        raise NotSentError("no server of Prefect is named: set PREFECT_API_URL", passing=False)
    about = f"popularity.{alert.kind.replace(' ', '-')}"
    event = Event(
        id=uuid5(NAMESPACE_URL, identity(alert)),
        occurred=datetime.now(UTC),
        event=f"{about}.{alert.verdict}" if alert.verdict else about,
        resource=Resource.model_validate(
            {"prefect.resource.id": f"{about}.{alert.batch or alert.name}", "prefect.resource.name": subject(alert)}
        ),
        payload={"batch": alert.batch, "verdict": alert.verdict, "subject": subject(alert), "lines": lines(alert)},
    )
    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[event.model_dump(mode="json")])
    except Exception as error:  # noqa: BLE001, whatever its client raises
        raise NotSentError(f"Prefect's server: {type(error).__name__}", passing=True) from None


WAYS = {"file": _to_file, "email": _to_mail, "webhook": _to_webhook, "prefect": to_prefect}
