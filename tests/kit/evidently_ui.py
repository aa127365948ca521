"""Evidently's UI, as `flows.dashboard` starts it, over the workspace of the current folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from kit.shift import free_port
from popularity import paths

PATIENCE_S = 120
"""Importing Evidently on a busy machine is most of it."""


@contextmanager
def evidently_ui(environment: Mapping[str, str] = {}) -> Iterator[str]:
    """Its address, until the end of the block. environment: more variables for its process."""
    port = free_port()
    command = [sys.executable, "-m", "evidently.cli", "ui", "--workspace", str(paths.WORKSPACE), "--port", str(port)]
    address, log = f"http://127.0.0.1:{port}", Path("dashboard.log").absolute()
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, env={**os.environ, "DO_NOT_TRACK": "1", **environment}, stdout=out, stderr=out
        )
    try:
        _wait_for(server, address, log)
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def _wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"{address}/api/version").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
