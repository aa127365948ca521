"""Nights whose verdicts are told, each once, whatever fails or runs again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from flows import alerts
from kit.alert_servers import alert, hook
from kit.shift import wait_for
from kit.small_nights import bring
from kit.small_project import Project
from popularity import paths
from popularity.alerting import sending
from popularity.alerting.sending import NotSentError
from popularity.demo.events import Event
from popularity.errors import UserError
from popularity.files import read_json
from popularity.settings import PrefectChannel

pytestmark = pytest.mark.slow

Enter = Callable[[Project], Project]
EVERY = ["ok", "watch", "retrain", "stop"]
LOG = "monitoring/alerts/sent.jsonl"


def subjects() -> list[str]:
    return [json.loads(line)["subject"] for line in Path(LOG).read_text().splitlines()]


def test_two_nights_are_told_once_each(
    server: None, crowned: Project, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.monitor import monitor
    from flows.recrawl import RecrawlError, recrawl

    project = enter(crowned)
    project.set_param(
        "monitoring.alerts.to",
        {
            "log": {"kind": "file", "path": LOG, "verdicts": EVERY},
            "team": {"kind": "webhook", "url": "env/TEAM_HOOK", "verdicts": EVERY},
        },
    )
    monkeypatch.setattr(sending, "LONGEST_PAUSE_S", 0.01)
    with hook(500) as there:
        monkeypatch.setenv("TEAM_HOOK", there.address)
        (first,) = recrawl()
        assert subjects() == [f"photo-popularity, night-001: {first.verdict}"]
        (waits,) = paths.ALERTS.glob("*.json")
        assert (read_json(waits)["waiting"], read_json(waits)["sent"]) == (["team"], ["log"])
        there.answers, there.texts = [200], []

        bring(project, "night-002", 2, Event.THOUSANDS)
        with pytest.raises(RecrawlError):
            recrawl()
        expected = [f"photo-popularity, night-001: {first.verdict}", "photo-popularity, night-002: stop"]
        assert subjects() == expected
        assert [text.splitlines()[0] for text in there.texts] == expected
        assert "avgview" in there.texts[1]

        assert recrawl() == []
        assert monitor() == []
        paths.CURRENT_CHAMPION.rename("aside")
        with pytest.raises(UserError):
            recrawl()
        assert subjects()[:2] == expected
        assert len(subjects()) == len(there.texts) == 3  # what failed is told, and no verdict again
    failed = json.loads(Path(LOG).read_text().splitlines()[-1])
    assert failed["kind"] == "failed run"
    assert failed["lines"][0].startswith("UserError: there is no champion yet")


def test_a_project_that_names_nobody_tells_nobody(server: None, crowned: Project, enter: Enter) -> None:
    from flows.recrawl import recrawl

    enter(crowned)
    (record,) = recrawl()
    assert record.version == "v0001"
    assert not paths.ALERTS.exists()


def test_an_event_is_one_however_often_it_is_sent(server: None) -> None:
    from prefect.client.orchestration import get_client

    mine = alert(name=f"night-002.stop.{uuid4().hex[:8]}", batch=f"night-{uuid4().hex[:8]}")
    for _ in range(2):
        alerts.to_prefect(PrefectChannel(kind="prefect", verdicts=("stop",)), mine)
    with get_client(sync_client=True) as client:

        def found() -> list[str]:
            asked = {"filter": {"event": {"name": ["popularity.verdict.stop"]}}}
            events = client.request("POST", "/events/filter", json=asked).json()["events"]
            return [
                event["resource"]["prefect.resource.id"] for event in events if event["payload"]["batch"] == mine.batch
            ]

        assert wait_for(found, "event") == [f"popularity.verdict.{mine.batch}"]


def test_a_secret_is_read_from_a_variable_or_a_block(server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.blocks.system import Secret

    name = f"hook-{uuid4().hex[:8]}"
    with pytest.raises(NotSentError, match=f"there is no Secret block {name}"):
        alerts.secret(f"block/{name}")
    Secret(value="https://hooks.example.org/1").save(name)
    assert alerts.secret(f"block/{name}") == "https://hooks.example.org/1"
    with pytest.raises(NotSentError, match="the variable NO_HOOK is not set"):
        alerts.secret("env/NO_HOOK")
    monkeypatch.setenv("NO_HOOK", "x")
    assert alerts.secret("env/NO_HOOK") == "x"


def test_runs_that_crash_or_start_late_are_told_once(
    server: None, crowned: Project, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
    from prefect.states import Crashed, Scheduled

    from flows.watch_runs import tell_of_runs

    project = enter(crowned)
    project.set_param("monitoring.alerts.to", {"log": {"kind": "file", "path": LOG, "verdicts": EVERY}})
    now, pool = datetime.now(UTC), f"pool-{uuid4().hex[:8]}"
    ours = WorkPoolFilter(name=WorkPoolFilterName(any_=[pool]))

    @flow(name="recrawl")
    def asked() -> None:
        """Nobody runs it."""

    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
        place = client.create_deployment(
            flow_id=client.create_flow(asked), name="nightly", work_pool_name=pool, entrypoint="x:y", path="."
        )
        crashed = client.create_flow_run_from_deployment(
            place, state=Scheduled(scheduled_time=now - timedelta(minutes=9))
        )
        client.set_flow_run_state(crashed.id, Crashed(message="its worker was stopped while it ran"), force=True)
        client.create_flow_run_from_deployment(
            place, state=Scheduled(scheduled_time=now - timedelta(hours=3))
        )  # asked for by hand
        tell_of_runs(client, ours, now)
        tell_of_runs(client, ours, now)
    (line,) = [json.loads(line) for line in Path(LOG).read_text().splitlines()]
    assert line["subject"] == "photo-popularity, recrawl/nightly failed"
    assert line["lines"] == ["its worker was stopped while it ran"]
