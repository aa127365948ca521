"""Evidently's dashboard, kept up with the record: built anew and started again after each night.

    python -m flows.dashboard --host 127.0.0.1 --port 8000

Evidently reads its workspace when it starts, so a change of the record is shown by a new start; a line says so.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time

from flows.services import ServiceError, StoppedError, all_stopped, signals_raise, start
from popularity import paths
from popularity.dag.writer import one_writer

POLL_S = 5.0
"""Between two looks at the record."""

SECRET = "EVIDENTLY_SECRET"
"""Names the variable from which Evidently takes what a request has to bring that changes its workspace."""

Record = dict[str, int]
"""Path -> when it changed, in ns."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Show the record of the nights in Evidently's dashboard, and each new night when it is on record.",
        epilog="example: python -m flows.dashboard --port 8001",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where it listens (127.0.0.1), without a password")
    parser.add_argument("--port", type=int, default=8000, help="its port (8000)")
    chosen = parser.parse_args()
    os.environ[SECRET] = secrets.token_urlsafe()  # to write to it, which nobody shall: it is built from the record
    try:
        with signals_raise():
            while True:
                show_until_it_changes(chosen.host, chosen.port)
                print("the record changed: the dashboard starts anew", flush=True)
    except StoppedError:
        pass
    except ServiceError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def show_until_it_changes(host: str, port: int) -> None:
    """Build the dashboard from the record and serve it for as long as that is what the record says."""
    with one_writer():  # no flow is half done with it
        shown = record()
        subprocess.run([sys.executable, "-m", "popularity", "monitor", "rebuild"], check=True)
    with all_stopped() as services:
        place = ("--workspace", str(paths.WORKSPACE), "--host", host, "--port", str(port))
        services.append(start("evidently", "evidently.cli", "ui", *place))
        while record() == shown:
            services[0].check()
            time.sleep(POLL_S)


def record() -> Record:
    """What the dashboard is built from, and its age."""
    files = [*paths.MONITORING.rglob("*"), *paths.QUARANTINE.glob("*/record.json")]
    shown = [path for path in files if path.is_file() and path.parent != paths.ALERTS]
    return {str(path): path.stat().st_mtime_ns for path in shown}


if __name__ == "__main__":
    main()
