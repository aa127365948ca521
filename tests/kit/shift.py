"""A project with `make server`'s supervisor, and questions to its server."""

import json
import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest

from kit.small_project import Project

PATIENCE_S = 900
POLL_S = 0.5

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found], what: str) -> Found:
    """Look until something is found."""
    until = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < until, f"no {what} after {PATIENCE_S} s"
        time.sleep(POLL_S)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Shift:
    """A project with its supervisor."""

    project: Project
    process: subprocess.Popen[str]
    address: str
    dashboard: str
    pages: str
    said: list[str]  # lines that it printed until all was up

    @property
    def home(self) -> Path:
        return self.project.folder / ".prefect"

    @property
    def credentials(self) -> tuple[str, str]:
        """Of the project's profile of Prefect."""
        profile = tomllib.loads((self.home / "profiles.toml").read_text())["profiles"]["project"]
        user, password = profile["PREFECT_API_AUTH_STRING"].split(":")
        return user, password

    def ask(self, method: str, path: str, content: object = None) -> Any:
        """What the API answers; again after 503, by which the server says that its database is busy."""

        def answer() -> httpx.Response | None:
            found = httpx.request(method, f"{self.address}/api/{path}", json=content, timeout=60, auth=self.credentials)
            return None if found.status_code == httpx.codes.SERVICE_UNAVAILABLE else found.raise_for_status()

        found = wait_for(answer, "answer")
        return found.json() if found.content else None

    def post(self, path: str, content: object) -> Any:
        return self.ask("POST", path, content)

    def deployment(self, name: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"deployments/name/{name}"))

    def start(self, name: str, **parameters: object) -> str:
        """Ask for a run of a deployment; returns its id."""
        deployment = self.deployment(name)["id"]
        run = self.post(f"deployments/{deployment}/create_flow_run", {"parameters": parameters})
        return str(run["id"])

    def state(self, run: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"flow_runs/{run}")["state"])

    def finished(self, run: str) -> dict[str, Any]:
        """Wait for a run's end; returns its state."""
        ends = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        wait_for(lambda: self.state(run)["type"] in ends, "end of the run")
        return self.state(run)

    def artifacts(self, run: str) -> dict[str, Any]:
        """Data of a run's artifacts by their key; tables as rows."""
        found = self.post("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
        named = [each for each in found if each["key"]]
        return {each["key"]: json.loads(each["data"]) if each["type"] == "table" else each["data"] for each in named}

    def tasks(self, run: str) -> set[str]:
        found = self.post("task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return {str(each["name"]) for each in found}

    def processes(self) -> list[psutil.Process]:
        """All that was started for this project and is alive, whoever its parent is."""
        found = []
        for each in psutil.process_iter(["environ", "status"]):
            environment = each.info["environ"] or {}
            if environment.get("PREFECT_HOME") == str(self.home) and each.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(each)
        return found


def supervise(project: Project) -> Shift:
    """Start the supervisor as `make server` does, and wait until it says that all is up."""
    port, dashboard_port, pages_port = free_port(), free_port(), free_port()
    ports = ["--port", str(port), "--dashboard-port", str(dashboard_port), "--pages-port", str(pages_port)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.server", *ports],
        cwd=project.folder,
        env={**clean, "PREFECT_HOME": str(project.folder / ".prefect"), "DO_NOT_TRACK": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    addresses = (f"http://127.0.0.1:{each}" for each in (port, dashboard_port, pages_port))
    shift = Shift(project, process, *addresses, said=[])
    assert process.stdout is not None
    for line in process.stdout:
        shift.said.append(line)
        if "Ctrl-C" in line:
            return shift
    end(shift)
    pytest.fail("".join(shift.said))


def end(shift: Shift) -> None:
    """Leave nothing behind, whatever happened."""
    shift.process.terminate()
    with suppress(subprocess.TimeoutExpired):
        shift.process.wait(60)
    for each in shift.processes():
        each.kill()
    if shift.process.stdout is not None:
        shift.process.stdout.close()
