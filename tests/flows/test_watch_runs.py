"""Which runs crashed, and which are late."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed, Crashed, Failed, Running, Scheduled, State

from flows.watch_runs import crashed, lateness

NOW = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)
DUE = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(state: State[Any], begun: datetime | None = None, *, auto: bool = True, times: int = 0) -> FlowRun:
    return FlowRun(
        flow_id=uuid4(), state=state, expected_start_time=DUE, start_time=begun, auto_scheduled=auto, run_count=times
    )


def test_a_run_that_nobody_began_is_late_after_a_while() -> None:
    waiting = run(Scheduled(scheduled_time=DUE))
    assert lateness(waiting, HOUR, DUE + HOUR) is None
    assert lateness(waiting, HOUR, NOW) == ("2026-03-01 02:00 UTC", "has not begun")


def test_a_run_that_began_late_is_told_though_it_is_over() -> None:
    assert lateness(run(Completed(), DUE + timedelta(minutes=20)), HOUR, NOW) is None
    assert lateness(run(Completed(), DUE + timedelta(minutes=70)), HOUR, NOW) == (
        "2026-03-01 02:00 UTC", "began at 2026-03-01 03:10 UTC",
    )  # fmt: skip


def test_what_a_person_asked_for_and_what_was_cancelled_is_not_late() -> None:
    assert lateness(run(Scheduled(scheduled_time=DUE), auto=False), HOUR, NOW) is None
    assert lateness(run(Crashed()), HOUR, NOW) is None


@pytest.mark.parametrize(
    ("state", "times", "told"),
    [(Crashed(), 1, True), (Failed(), 0, True), (Failed(), 1, False), (Running(), 1, False), (Completed(), 1, False)],
)
def test_a_run_that_could_not_tell_of_its_own_end_is_told_of(state: State[Any], times: int, told: bool) -> None:
    assert crashed(run(state, times=times)) is told
