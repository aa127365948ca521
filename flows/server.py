"""The night shift on this machine: Prefect's server, a worker, the pages and Evidently's dashboard, stopped together.

    python -m flows.server                                 make server
    python -m flows.server --port 4201 --dashboard-port 8010 --pages-port 8011

The server keeps its state in .prefect/prefect.db (SQLite); what the four print is in .prefect/logs/. When one of them
ends, the others are stopped and the exit code is 1: none is started again silently. Ctrl-C, SIGTERM and SIGHUP stop
everything, a flow that is running too; the next start marks that run as crashed.
"""

import argparse
import os
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from flows.orphans import own_what_follows, stop_services
from flows.pages import REPORTS_URL
from flows.password import ORIGINS, credentials, origins, password
from flows.services import POLL_S, Service, ServiceError, StoppedError, all_stopped, answers, signals_raise, start
from flows.worker import POOL
from popularity import paths
from popularity.errors import UserError, run

HOST = "127.0.0.1"
"""Pages and dashboard ask for no password to read; Prefect's server does, see `password`."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Start Prefect's server, a worker, the pages and the dashboard of this project; Ctrl-C stops all.",
        epilog="example: python -m flows.server --port 4201 --dashboard-port 8010 --pages-port 8011",
    )
    parser.add_argument("--port", type=int, default=4200, help="of Prefect's server (4200)")
    parser.add_argument("--dashboard-port", type=int, default=8000, help="of the dashboard (8000)")
    parser.add_argument("--pages-port", type=int, default=8001, help="of the pages in reports/ (8001)")
    chosen = parser.parse_args()
    lock = FileLock(Path(os.environ["PREFECT_HOME"]) / "server.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError("this project's server is running already", next_step="leave it, or stop it first") from None
    stop_services()  # of a supervisor that was killed
    refuse_taken(chosen.port, "SERVER_PORT")
    refuse_taken(chosen.dashboard_port, "DASHBOARD_PORT")
    refuse_taken(chosen.pages_port, "PAGES_PORT")
    try:
        serve(chosen.port, chosen.dashboard_port, chosen.pages_port)
    except StoppedError:
        print("stopped", flush=True)
    except ServiceError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def serve(port: int, dashboard_port: int, pages_port: int) -> None:
    """Run the four until a signal comes. Raises StoppedError then, and ServiceError when one of them ends."""
    address, dashboard_address, pages_address = (f"http://{HOST}:{each}" for each in (port, dashboard_port, pages_port))
    os.environ["PREFECT_API_URL"] = f"{address}/api"
    os.environ[ORIGINS] = origins(port)
    os.environ[REPORTS_URL] = pages_address
    os.environ["PREFECT_SERVER_UI_V2_ENABLED"] = "false"  # Prefect 3.8's second UI has the browser ask amplitude.com
    own_what_follows()
    with signals_raise(), all_stopped() as services:

        def started(name: str, module: str, *args: str) -> Service:
            services.append(start(name, module, *args))
            return services[-1]

        server = started("server", "prefect", "server", "start", "--host", HOST, "--port", str(port))
        pages = started("pages", "flows.pages_server", "--host", HOST, "--port", str(pages_port))
        server.wait_until(lambda: answers(f"{address}/api/health"))
        since = datetime.now(UTC)
        worker = started("worker", "flows.worker")
        dashboard = started("dashboard", "flows.dashboard", "--host", HOST, "--port", str(dashboard_port))
        worker.wait_until(lambda: has_worker(address, since))
        dashboard.wait_until(lambda: answers(dashboard_address))
        pages.wait_until(lambda: answers(pages_address))
        print(f"runs       {address}, password {password()}\ndashboard  {dashboard_address}")
        print(f"pages      {pages_address}/{paths.INDEX.name}\nlogs       {server.log.parent}")
        print("`make deploy` sets the schedules; Ctrl-C stops all", flush=True)
        while True:
            for service in services:
                service.check()
            time.sleep(POLL_S)


def refuse_taken(port: int, name: str) -> None:
    """Raises UserError when something listens on a port. name: the Makefile's, of the port."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: one just stopped is no hindrance
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise UserError(
                f"port {port} cannot be used: {error.strerror}",
                next_step=f"stop what listens there (`ss -ltnp` tells), or choose another: make server {name}=N",
            ) from None


def has_worker(address: str, since: datetime) -> bool:
    """Whether the server has seen a worker of the pool since then; one that was killed counts as there for a while."""
    found = httpx.post(f"{address}/api/work_pools/{POOL}/workers/filter", json={}, auth=credentials(), timeout=5)
    return found.status_code == httpx.codes.OK and any(
        datetime.fromisoformat(worker["last_heartbeat_time"]) > since for worker in found.json()
    )


if __name__ == "__main__":
    run(main)
