"""Each flow where PREFECT_API_URL names a server that is not there."""

import os
import socket
import subprocess
import sys

import pytest

from kit.project import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("flow", ["monitor", "night", "recrawl", "reproduce", "retrain"])
def test_a_flow_says_in_two_lines_which_server_is_silent_and_what_to_do(flow: str) -> None:
    with socket.socket() as bound:  # a port at which nobody listens
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/api"
        done = subprocess.run(
            [sys.executable, "-m", f"flows.{flow}"],
            cwd=ROOT,
            env={**os.environ, "PREFECT_API_URL": address},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    problem, step = done.stderr.splitlines()
    assert problem.startswith(f"error: no server of Prefect answers at {address}, ")
    assert step.startswith("  next: start it (`make server`), or `unset PREFECT_API_URL`")
