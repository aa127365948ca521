"""The night shift on a real server: `make server`'s supervisor, scheduled runs, and what they leave to be seen."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kit.project import ROOT
from kit.shift import Shift, end, supervise, wait_for
from kit.small_project import Project
from popularity.errors import UserError

pytestmark = pytest.mark.long

EVENTS = {1: None, 2: "thousands", 3: "new_users", 4: None}
"""What happens in each night; the last is still running when all is stopped."""


@pytest.fixture(scope="module")
def shift(template: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    """A small project with a champion and four nights drawn in nights/, on a server that knows its schedules."""
    project = template.copied(tmp_path_factory.mktemp("shift"))
    shutil.copy(ROOT / "prefect.yaml", project.folder)
    project.command("popularity", "champion", "create")
    drawing = [
        subprocess.Popen(
            [sys.executable, "-m", "popularity", "demo", "night", "--night", str(night)]
            + (["--event", event] if event else [])
            + ["--out", f"nights/night-{night:03d}"],
            cwd=project.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for night, event in EVENTS.items()
    ]
    running = supervise(project)
    try:
        assert [each.wait() for each in drawing] == [0, 0, 0, 0]
        (project.folder / "data/inbox").mkdir(exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PREFECT_API_URL", f"{running.address}/api")
            patch.setenv("PREFECT_HOME", str(running.home))
            project.command("flows.deploy")
        yield running
    finally:
        end(running)


def arrive(shift: Shift, night: str) -> None:
    """Have a crawler put a night into the inbox."""
    folder = shift.project.folder
    (folder / "nights" / night).rename(folder / "data/inbox" / night)


def record(shift: Shift, night: str) -> dict[str, Any]:
    path = shift.project.folder / f"monitoring/nights/{night}.json"
    return dict(json.loads(path.read_text()))


def test_the_deployments_have_the_schedules_of_prefect_yaml(shift: Shift) -> None:
    crons = {
        name: [each["schedule"]["cron"] for each in shift.deployment(name)["schedules"]]
        for name in ("recrawl/nightly", "monitor/daily", "retrain/weekly")
    }
    assert crons == {
        "recrawl/nightly": ["0 2 * * *"], "monitor/daily": ["0 5 * * *"], "retrain/weekly": ["0 6 * * 0"],
    }  # fmt: skip
    pool = shift.ask("GET", "work_pools/popularity")
    assert (pool["type"], pool["concurrency_limit"], pool["is_paused"]) == ("process", 1, False)


def test_the_scheduler_starts_a_night_and_it_is_scored(shift: Shift) -> None:
    arrive(shift, "night-001")
    deployment = shift.deployment("recrawl/nightly")["id"]
    often = [{"schedule": {"interval": 30}, "active": True}]
    schedules = f"deployments/{deployment}/schedules"
    added = shift.post(schedules, often)[0]["id"]

    def begun() -> list[dict[str, Any]]:
        runs = shift.post(
            "flow_runs/filter", {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED", "PENDING"]}}}}
        )
        return [run for run in runs if run["auto_scheduled"]]

    run = wait_for(begun, "scheduled run")[0]["id"]
    shift.ask("DELETE", f"{schedules}/{added}")
    state = shift.finished(run)
    assert state["type"] == "COMPLETED", state["message"]
    night = record(shift, "night-001")
    assert night["verdict"] in ("ok", "watch"), night["reasons"]  # so small a world knows little of ordinary nights
    assert shift.ask("GET", f"flow_runs/{run}")["name"] == f"night-001: {night['verdict']}"

    stages = [f"{name}@night-001" for name in ("ingest", "fetch", "filter_links", "text_features", "image_embeddings")]
    steps = {f"{name} night-001" for name in ("admit", "labels", "gate", "score", "drift and verdict")}
    assert shift.tasks(run) == {*stages, *steps}
    left = shift.artifacts(run)
    assert set(left) == {"stages", "gate", "drift", "links"}
    assert [row["stage"] for row in left["stages"]] == stages
    assert all(row["outcome"] == "executed" and row["seconds"] > 0 for row in left["stages"])
    assert [row["stage"] for row in left["stages"] if not row["rows out"] > 0] == [
        "fetch@night-001"
    ]  # no link leads out
    assert {row["passed"] for row in left["gate"]} == {True}
    assert {row["column"] for row in left["drift"] if row["drifted"]} == set(night["drifted"])
    addresses = re.findall(r"\((.*?)\)", left["links"])
    assert addresses == [f"{shift.pages}/batches/night-001.html", f"{shift.pages}/monitoring.html"]
    assert all("night-001" in httpx.get(address).raise_for_status().text for address in addresses)


def test_a_broken_night_is_quarantined_and_its_run_failed_with_the_reason(shift: Shift) -> None:
    arrive(shift, "night-002")
    run = shift.start("recrawl/nightly")
    state = shift.finished(run)
    assert state["type"] == "FAILED"
    assert "night-002 is quarantined" in state["message"]
    assert "avgview" in state["message"]
    assert (shift.project.folder / "data/quarantine/night-002/record.json").exists()
    first, *others = shift.artifacts(run)["gate"]
    assert (first["severity"], first["passed"], first["column"]) == ("critical", False, "avgview_to_usual")
    assert "values must be" in first["what was found"]
    assert sorted(row["passed"] for row in others) == [row["passed"] for row in others]  # what failed comes first
    assert shift.ask("GET", f"flow_runs/{run}")["name"] == "night-002: stop"
    failed = {"flow_runs": {"id": {"any_": [run]}}, "task_runs": {"state": {"type": {"any_": ["FAILED"]}}}}
    assert [one["name"] for one in shift.post("task_runs/filter", failed)] == ["gate night-002"]


def test_a_night_of_new_users_waits_for_labels_and_then_a_candidate_is_decided_on(shift: Shift) -> None:
    folder = shift.project.folder
    request = folder / "monitoring/requests/night-003.json"
    arrive(shift, "night-003")
    state = shift.finished(shift.start("recrawl/nightly"))
    assert state["type"] == "COMPLETED", state["message"]
    assert record(shift, "night-003")["verdict"] == "retrain"
    waiting = json.loads(request.read_text())
    assert waiting["state"] == "waiting"
    assert "wait for labels" in waiting["answer"]

    visits = "data/visits/night-003/views.csv"
    shift.project.command("popularity", "demo", "labels", "--night", "3", "--event", "new_users", "--out", visits)
    run = shift.start("monitor/daily")
    state = shift.finished(run)
    assert state["type"] == "COMPLETED", state["message"]
    answered = json.loads(request.read_text())
    assert answered["state"] == "fulfilled"

    runs = shift.post("flow_runs/filter", {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}})
    assert len(runs) == 1, "one retrain, once"
    left = shift.artifacts(runs[0]["id"])
    (shown,) = left["evaluation"]
    figures = {name: float(value) for name, value in shown.items()}
    assert figures["95 % from"] <= figures["difference"] <= figures["to"]
    promoted = figures["to"] < 0
    came = "v0002 is promoted" if promoted else "the champion stays"
    assert answered["answer"].startswith(came)
    assert shift.ask("GET", f"flow_runs/{runs[0]['id']}")["name"] == f"night-003: {came}"
    assert (folder / "models/champions/current").read_text().strip() == ("v0002" if promoted else "v0001")
    assert re.search(r"MAE [\d.]+ against [\d.]+", answered["answer"])


def test_the_dashboard_shows_the_nights(shift: Shift) -> None:
    def shown() -> bool:
        try:
            (found,) = httpx.get(f"{shift.dashboard}/api/projects").raise_for_status().json()
            runs = httpx.get(f"{shift.dashboard}/api/projects/{found['id']}/reports").raise_for_status().json()
        except (httpx.HTTPError, ValueError):  # it starts anew
            return False
        return {run["name"] for run in runs} == nights

    scored = {file.stem for file in (shift.project.folder / "monitoring/nights").glob("*.json")}
    nights = scored | {"night-002"}  # which is in quarantine
    assert scored == {"night-001", *(["night-003"] if not (shift.project.folder / "nights/night-003").exists() else [])}
    wait_for(shown, "dashboard of all nights")


def test_sigterm_stops_everything_a_running_flow_too(shift: Shift) -> None:
    arrive(shift, "night-004")
    run = shift.start("recrawl/nightly")
    wait_for(lambda: shift.state(run)["type"] == "RUNNING", "run that has begun")
    assert len(shift.processes()) >= 7, "supervisor, server, pages, worker, dashboard, the run"
    shift.process.send_signal(signal.SIGTERM)
    assert shift.process.wait(60) == 0
    assert shift.processes() == []

    again = supervise(shift.project)
    try:
        state = again.state(run)
        assert (state["type"], state["message"]) == ("CRASHED", "its worker was stopped while it ran")
        os.kill(next(each.pid for each in again.processes() if "flows.worker" in each.cmdline()), signal.SIGKILL)
        assert again.process.wait(60) == 1
        assert again.process.stdout is not None
        assert "error: the worker ended with code -9" in again.process.stdout.read()
        assert again.processes() == []
    finally:
        end(again)


def test_a_taken_port_is_named_with_the_next_step() -> None:
    from flows.server import refuse_taken

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} .*\n.*make server SERVER_PORT=N"):
            refuse_taken(port, "SERVER_PORT")
    refuse_taken(port, "SERVER_PORT")
