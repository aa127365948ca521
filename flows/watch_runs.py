"""Runs that nobody else tells of: those that crashed with their process, and those that did not begin in time."""

from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterExpectedStartTime, WorkPoolFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

from flows.alerts import harmless, send_alerts
from popularity.monitoring.alert_record import put_on_record
from popularity.monitoring.alerts import of_failed_run, of_late_run
from popularity.settings import load_settings

BACK = timedelta(days=2)
"""How long ago a run was due that is still looked at: a machine that slept over a weekend tells of its last nights."""
MOST = 100


def tell_of_runs(client: SyncPrefectClient, pool: WorkPoolFilter, now: datetime) -> None:
    """Put on record which of the pool's runs crashed or are late, each once, and send all alerts that wait."""
    with harmless():
        options = load_settings().monitoring.alerts
        if not options.to:
            return
        due = FlowRunFilterExpectedStartTime(after_=now - BACK, before_=now)
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(expected_start_time=due),
            work_pool_filter=pool,
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=MOST,
        )
        for run in reversed(runs):
            if crashed(run):
                why = (run.state.message if run.state else None) or "Nobody says why."
                put_on_record(of_failed_run(str(run.id), _told(client, run), [why]), options)
            if (late := lateness(run, timedelta(minutes=options.late_min), now)) is not None:
                put_on_record(of_late_run(str(run.id), _told(client, run), *late), options)
        send_alerts()


def crashed(run: FlowRun) -> bool:
    """Whether a run ended without its flow's own word: it crashed, or failed before it began."""
    if run.state is None:
        return False
    return run.state.type == StateType.CRASHED or (run.state.type == StateType.FAILED and run.run_count == 0)


def lateness(run: FlowRun, most: timedelta, now: datetime) -> tuple[str, str] | None:
    """When a run of a schedule was due, and what is so now, where it began later than that or has not begun."""
    due, begun = run.expected_start_time, run.start_time
    waits = begun is None and run.state is not None and run.state.type == StateType.SCHEDULED
    if due is None or not run.auto_scheduled or not (waits or begun) or (begun or now) - due <= most:
        return None
    return _minute(due), "has not begun" if begun is None else f"began at {_minute(begun)}"


def _told(client: SyncPrefectClient, run: FlowRun) -> str:
    flow = client.read_flow(run.flow_id).name
    return (
        f"{flow}/{client.read_deployment(run.deployment_id).name}" if run.deployment_id else f"{flow}, run {run.name},"
    )


def _minute(date: datetime) -> str:
    return date.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
