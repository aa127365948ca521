"""The night shift on this machine: Prefect's server, a worker and Evidently's dashboard, stopped together.

    python -m flows.server                                        make server
    python -m flows.server --port 4201 --dashboard-port 8001

The server keeps its state in .prefect/prefect.db (SQLite), what the three print is in .prefect/logs/. When one of them
ends the others are stopped and the exit code is 1: nothing is started again silently. Ctrl-C, SIGTERM and SIGHUP stop
everything, a flow that is running too; the next start marks that run as crashed.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from flows.worker import POOL
from popularity import paths
from popularity.errors import UserError, run

HOST = "127.0.0.1"
"""None of the three asks for a password."""

START_S = 180
"""For a first start, which makes a database, on a busy machine; 20 s are usual."""
STOP_S = 15
"""For what is asked to end, before it is killed."""
POLL_S = 0.5
SHOWN = 20
"""Lines of a service's log that the error about it shows."""


class StoppedError(Exception):
    """A signal asked for the end."""


class ServiceError(Exception):
    """A service ended by itself, or never came up; the text is the end of what it printed."""


@dataclass(frozen=True)
class Service:
    """A process that runs for as long as the supervisor does, in a session of its own: Ctrl-C reaches it through us."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raises ServiceError when it has ended."""
        if (code := self.process.poll()) is not None:
            raise ServiceError(f"the {self.name} ended with code {code}; the end of {self.log}:\n{self._tail()}")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until it is ready. Raises ServiceError when it ends, or isn't ready within START_S."""
        until = time.monotonic() + START_S
        while not ready():
            self.check()
            if time.monotonic() > until:
                raise ServiceError(f"no {self.name} after {START_S} s; the end of {self.log}:\n{self._tail()}")
            time.sleep(POLL_S)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN:])


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Start Prefect's server, a worker and Evidently's dashboard of this project; Ctrl-C stops all.",
        epilog="example: python -m flows.server --port 4201 --dashboard-port 8001",
    )
    parser.add_argument("--port", type=int, default=4200, help="of Prefect's server (4200)")
    parser.add_argument("--dashboard-port", type=int, default=8000, help="of the dashboard (8000)")
    chosen = parser.parse_args()
    try:
        serve(chosen.port, chosen.dashboard_port)
    except StoppedError:
        print("stopped", flush=True)
    except ServiceError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def serve(port: int, dashboard_port: int) -> None:
    """Run the three until a signal comes. Raises StoppedError then, ServiceError when one of them ends.

    Raises UserError, with nothing started, when a port is taken.
    """
    for taken, option in ((port, "--port"), (dashboard_port, "--dashboard-port")):
        refuse_taken(taken, option)
    address, dashboard_address = f"http://{HOST}:{port}", f"http://{HOST}:{dashboard_port}"
    os.environ["PREFECT_API_URL"] = f"{address}/api"
    with signals_raise(), all_stopped() as services:
        server = start("server", "prefect", "server", "start", "--host", HOST, "--port", str(port))
        services.append(server)
        server.wait_until(lambda: answers(f"{address}/api/health"))
        services.append(start("worker", "flows.worker"))
        build_dashboard()
        services.append(
            start(
                "dashboard",
                *("evidently.cli", "ui", "--workspace", str(paths.WORKSPACE)),
                *("--host", HOST, "--port", str(dashboard_port)),
            )
        )
        services[1].wait_until(lambda: has_worker(address))
        services[2].wait_until(lambda: answers(dashboard_address))
        print(f"runs       {address}\ndashboard  {dashboard_address}\npage       {paths.MONITORING_REPORT}")
        print(f"logs       {server.log.parent}\n`make deploy` sets the schedules; Ctrl-C stops all", flush=True)
        while True:
            for service in services:
                service.check()
            time.sleep(POLL_S)


def refuse_taken(port: int, option: str) -> None:
    """Raises UserError when something listens on a port."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: one just stopped is no hindrance
        try:
            trial.bind((HOST, port))
        except OSError as error:
            name = {"--port": "SERVER_PORT", "--dashboard-port": "DASHBOARD_PORT"}[option]
            raise UserError(
                f"port {port} cannot be used: {error.strerror}",
                next_step=f"stop what listens there (`ss -ltnp` tells), or choose another: make server {name}=N",
            ) from None


def start(name: str, module: str, *args: str) -> Service:
    """Start a Python module as a service; what it prints goes to its log, after what is there."""
    log = Path(os.environ["PREFECT_HOME"]) / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *args],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Service(name, process, log)


def build_dashboard() -> None:
    """Make Evidently's workspace anew from the record."""
    subprocess.run([sys.executable, "-m", "popularity", "monitor", "rebuild"], check=True, stdout=subprocess.DEVNULL)


def answers(address: str) -> bool:
    """Whether GET gives 200."""
    try:
        return httpx.get(address, timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def has_worker(address: str) -> bool:
    """Whether the server sees a worker on the pool."""
    found = httpx.post(f"{address}/api/work_pools/{POOL}/workers/filter", json={}, timeout=5)
    return found.status_code == httpx.codes.OK and any(worker["status"] == "ONLINE" for worker in found.json())


@contextmanager
def signals_raise() -> Iterator[None]:
    """Have the first SIGINT, SIGTERM or SIGHUP raise StoppedError; the end is on its way then, and others are ignored."""
    chosen = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, _: object) -> None:
        for each in chosen:
            signal.signal(each, signal.SIG_IGN)
        raise StoppedError(signal.Signals(number).name)

    before = {each: signal.signal(each, stop) for each in chosen}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def all_stopped() -> Iterator[list[Service]]:
    """Yield a list of services; at the end they are stopped, the last first, with every process below them."""
    services: list[Service] = []
    try:
        yield services
    finally:
        for service in reversed(services):
            stop(service.process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a service to end, then kill what is left of it after STOP_S.

    All that it started is found by its session, which it keeps when its parent is gone.
    """
    sessions = {process.pid, *(os.getsid(child.pid) for child in _below(process.pid))}
    process.terminate()
    until = time.monotonic() + STOP_S
    while _alive(sessions) and time.monotonic() < until:
        time.sleep(POLL_S)
    while left := _alive(sessions):
        for each in left:
            each.kill()
        psutil.wait_procs(left)
    process.wait()


def _below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _alive(sessions: set[int]) -> list[psutil.Process]:
    """Processes of these sessions that are not zombies."""
    found: list[psutil.Process] = []
    for each in psutil.process_iter(["status"]):
        with suppress(ProcessLookupError):
            if os.getsid(each.pid) in sessions and each.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found


if __name__ == "__main__":
    run(main)
