"""Processes that outlive whoever started them: found by what their environment says, and stopped.

A flow without a server, and `make server`, start servers of their own. Killed by SIGKILL they cannot stop them; the
next start does.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress

import psutil

OWNER = "POPULARITY_OWNER"
"""Names the variable with the process that stops what inherits it: its number and when it was created."""
TEMPORARY = "PREFECT__SERVER_EPHEMERAL"
"""What Prefect sets for a flow's temporary server."""
PATIENCE_S = 10


def own_what_follows() -> None:
    """Have all processes that this one starts from now on say that it is theirs to stop."""
    me = psutil.Process()
    os.environ[OWNER] = f"{me.pid} {me.create_time()}"


def stop_temporary_servers() -> None:
    """Stop the temporary servers of this project's flows that were killed."""
    _stop(lambda environment: TEMPORARY in environment)


def stop_services() -> None:
    """Stop all that a killed flow or `make server` of this project has left, a flow that runs on included."""
    _stop(lambda environment: True)


def _stop(meant: Callable[[Mapping[str, str]], bool]) -> None:
    found = [process for process in psutil.process_iter() if _is_orphan(process, meant)]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(found, timeout=PATIENCE_S)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left)


def _is_orphan(process: psutil.Process, meant: Callable[[Mapping[str, str]], bool]) -> bool:
    try:
        environment = process.environ()
    except psutil.Error:  # another user's, or gone
        return False
    ours = environment.get("PREFECT_HOME") == os.environ["PREFECT_HOME"]
    return ours and OWNER in environment and meant(environment) and not _lives(environment[OWNER])


def _lives(owner: str) -> bool:
    pid, _, created = owner.partition(" ")
    try:
        return str(psutil.Process(int(pid)).create_time()) == created
    except (psutil.Error, ValueError):
        return False
