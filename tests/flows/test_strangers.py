"""What a web page elsewhere, or a program without the password, can do to the servers of this machine: nothing."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from kit.shift import Shift, end, supervise, wait_for
from kit.small_project import lay_out_code

pytestmark = pytest.mark.slow

ELSEWHERE = "http://evil.example"


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    running = supervise(lay_out_code(tmp_path_factory.mktemp("strangers")))
    try:
        yield running
    finally:
        end(running)


def test_the_password_is_its_owners_alone_and_shown_where_it_is_needed(shift: Shift) -> None:
    profiles = shift.home / "profiles.toml"
    assert stat.S_IMODE(profiles.stat().st_mode) == 0o600
    user, password = shift.credentials
    assert len(password) >= 24
    assert any(f"{shift.address}, password {user}:{password}" in line for line in shift.said)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "flows/"), ("POST", "flow_runs/filter"), ("POST", "deployments/"), ("GET", "work_pools/popularity")],
)
def test_the_api_asks_for_the_password(shift: Shift, method: str, path: str) -> None:
    body = '{"name": "mine"}'
    for headers in ({}, {"Content-Type": "text/plain", "Origin": ELSEWHERE}, {"Authorization": "Basic Zm9vOmJhcg=="}):
        answer = httpx.request(method, f"{shift.address}/api/{path}", content=body, headers=headers, timeout=60)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert "access-control-allow-origin" not in answer.headers
    assert shift.ask("GET", "work_pools/popularity")["name"] == "popularity"


def test_a_page_elsewhere_may_ask_nothing_and_the_servers_own_may(shift: Shift) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for origin, may in ((ELSEWHERE, False), (shift.address, True)):
        answer = httpx.options(f"{shift.address}/api/flow_runs/filter", headers=asked | {"Origin": origin}, timeout=60)
        assert (answer.headers.get("access-control-allow-origin") == origin) == may


@pytest.mark.parametrize("path", ["events/in", "events/out", "logs/out"])
def test_a_websocket_asks_for_the_password(shift: Shift, path: str) -> None:
    async def talk() -> str:
        address = f"{shift.address.replace('http', 'ws')}/api/{path}"
        async with connect(address, origin=ELSEWHERE, subprotocols=["prefect"]) as socket:
            await socket.send('{"type": "auth", "token": "popularity:guessed"}')
            return str(await socket.recv())

    with pytest.raises(ConnectionClosed):
        asyncio.run(talk())


def test_who_has_the_password_runs_flows_and_no_command(shift: Shift) -> None:
    """The second line: a run's command, environment and folder are not for the run to choose."""
    template = shift.ask("GET", "work_pools/popularity")["base_job_template"]
    assert set(template["job_configuration"]) == {"labels", "name", "stream_output"}
    trace = shift.project.folder / "trace"
    flow = shift.post("flows/", {"name": "monitor"})["id"]
    deployment = shift.post(
        "deployments/",
        {
            "name": "stolen", "flow_id": flow, "work_pool_name": "popularity", "entrypoint": "flows.monitor.monitor",
            "path": str(shift.project.folder), "enforce_parameter_schema": False,
        },
    )["id"]  # fmt: skip
    content = {"job_variables": {"command": f"touch {trace}", "env": {"PATH": "/nowhere"}, "working_dir": "/"}}
    run = httpx.post(
        f"{shift.address}/api/deployments/{deployment}/create_flow_run",
        json=content, auth=shift.credentials, timeout=60,
    )  # fmt: skip
    if run.is_success:
        shift.finished(run.json()["id"])
    assert not trace.exists()


def test_the_pages_are_for_this_machines_names(shift: Shift) -> None:
    (shift.project.folder / "reports/monitoring.html").write_text("nights")
    page = f"{shift.pages}/monitoring.html"
    port = shift.pages.rpartition(":")[2]
    assert [httpx.get(page, headers={"Host": f"{name}:{port}"}).text for name in ("127.0.0.1", "localhost")] == [
        "nights", "nights",
    ]  # fmt: skip
    for host in (f"evil.example:{port}", "127.0.0.1.evil.example", "", "[::1"):
        answer = httpx.get(page, headers={"Host": host})
        assert answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.MISDIRECTED_REQUEST)
        assert "nights" not in answer.text


def test_the_dashboard_is_changed_by_nobody(shift: Shift) -> None:
    before = httpx.get(f"{shift.dashboard}/api/projects").json()
    answer = httpx.post(f"{shift.dashboard}/api/projects", json={"name": "mine"}, headers={"Origin": ELSEWHERE})
    assert answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
    assert httpx.get(f"{shift.dashboard}/api/projects").json() == before


def test_a_run_that_stays_pending_is_closed_and_a_younger_one_is_not(shift: Shift) -> None:
    flow = shift.post("flows/", {"name": "monitor"})["id"]
    deployed = shift.post("deployments/", {"name": "stuck", "flow_id": flow, "work_pool_name": "popularity"})["id"]
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2099-01-01T00:00:00Z"}}
    run = shift.post(f"deployments/{deployed}/create_flow_run", {"state": later})["id"]
    shift.post(f"flow_runs/{run}/set_state", {"state": {"type": "PENDING"}, "force": True})

    def look(minutes: int) -> str:
        """What has become of it when pending runs of so many minutes are closed."""
        looking = (
            "from datetime import UTC, datetime, timedelta; from flows.worker import get_client, mark_pending; "
            f"mark_pending(get_client(sync_client=True), datetime.now(UTC) - timedelta(minutes={minutes}))"
        )
        environment = {**os.environ, "PREFECT_HOME": str(shift.home), "PREFECT_API_URL": f"{shift.address}/api"}
        subprocess.run([sys.executable, "-c", looking], cwd=shift.project.folder, env=environment, check=True)
        return str(shift.state(run)["type"])

    assert (look(10), look(0)) == ("PENDING", "CRASHED")
    assert "stayed pending" in shift.state(run)["message"]


def test_services_of_a_killed_supervisor_are_stopped_by_the_next(shift: Shift) -> None:
    shift.process.kill()
    shift.process.wait()
    left = {each.pid for each in shift.processes()}
    assert len(left) >= 5, "server, pages, worker, dashboard, Evidently"
    again = supervise(shift.project)
    try:
        assert not left & {each.pid for each in again.processes()}
    finally:
        end(again)


def temporary(home: Path) -> list[psutil.Process]:
    """Temporary servers of Prefect with this home."""
    found = []
    for each in psutil.process_iter(["environ", "status"]):
        environment = each.info["environ"] or {}
        ours = environment.get("PREFECT_HOME") == str(home) and "PREFECT__SERVER_EPHEMERAL" in environment
        if ours and each.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(each)
    return found


def test_a_flows_own_server_asks_too_and_does_not_outlive_it(tmp_path: Path) -> None:
    project = lay_out_code(tmp_path)
    home = project.folder / ".prefect"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(home), "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "240"}
    command = [sys.executable, "-m", "flows.monitor"]
    flow = subprocess.Popen(command, cwd=project.folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        (server,) = wait_for(lambda: temporary(home), "temporary server")

        def port() -> Any:
            return [each.laddr.port for each in server.net_connections("tcp") if each.status == psutil.CONN_LISTEN]

        address = f"http://127.0.0.1:{wait_for(port, 'port')[0]}/api"
        flow.send_signal(signal.SIGSTOP)  # it would be done before it is asked
        answer = httpx.post(f"{address}/flows/", json={"name": "mine"}, headers={"Origin": ELSEWHERE}, timeout=60)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert "access-control-allow-origin" not in answer.headers
    finally:
        flow.kill()
        flow.wait()
    assert temporary(home) == [server]
    subprocess.run(command, cwd=project.folder, env=environment, check=True, capture_output=True)
    assert temporary(home) == []
