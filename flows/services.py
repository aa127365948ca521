"""Processes that run for long and stop together, with all that they started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from flows.orphans import own_what_follows, stop_temporary_servers
from popularity.errors import UserError

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
    """A Python module that runs in a session of its own: Ctrl-C reaches it through its starter alone."""

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

    def stop(self) -> None:
        """Ask it to end, then kill what is left of it after STOP_S.

        All that it started is found by its session, which it keeps when its parent is gone.
        """
        sessions = {self.process.pid, *_sessions_below(self.process.pid)}
        self.process.terminate()
        until = time.monotonic() + STOP_S
        while _alive(sessions) and time.monotonic() < until:
            time.sleep(POLL_S)
        while left := _alive(sessions):
            for each in left:
                each.kill()
            psutil.wait_procs(left)
        self.process.wait()


def start(name: str, module: str, *args: str) -> Service:
    """Start a Python module; what it prints goes to .prefect/logs/<name>.log, after what is there."""
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


@contextmanager
def all_stopped() -> Iterator[list[Service]]:
    """Yield a list to put services on; at the end they are stopped, the last first."""
    services: list[Service] = []
    try:
        yield services
    finally:
        for service in reversed(services):
            service.stop()


@contextmanager
def signals_raise() -> Iterator[None]:
    """Have the first SIGINT, SIGTERM or SIGHUP raise StoppedError; later ones are ignored."""
    chosen = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(number: int, _: object) -> None:
        for each in chosen:
            signal.signal(each, signal.SIG_IGN)
        raise StoppedError(signal.Signals(number).name)

    before = {each: signal.signal(each, end) for each in chosen}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def api_url() -> str:
    """Address of the server's API. Raises UserError where none is named."""
    if address := os.environ.get("PREFECT_API_URL"):
        return address
    raise UserError("no server is named", next_step="set PREFECT_API_URL, such as http://127.0.0.1:4200/api")


def refuse_silent_server() -> None:
    """Raises UserError where a server is named, by PREFECT_API_URL or a profile of Prefect, that does not answer.

    Where none is named, Prefect starts one for the run; one that a killed run has left is stopped here.
    """
    from prefect.settings import get_current_settings

    address = get_current_settings().api.url
    if address and not answers(f"{address}/health"):
        raise UserError(
            f"no server of Prefect answers at {address}, which PREFECT_API_URL or a profile of Prefect names",
            next_step="start it (`make server`), or `unset PREFECT_API_URL`: a flow brings a server of its own",
        )
    stop_temporary_servers()
    own_what_follows()


def answers(address: str) -> bool:
    """Whether GET gives 200."""
    try:
        return httpx.get(address, timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _sessions_below(pid: int) -> set[int]:
    found = set()
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(ProcessLookupError):
                found.add(os.getsid(child.pid))
    return found


def _alive(sessions: set[int]) -> list[psutil.Process]:
    """Processes of these sessions that are not zombies."""
    found: list[psutil.Process] = []
    for each in psutil.process_iter(["status"]):
        with suppress(ProcessLookupError):
            if os.getsid(each.pid) in sessions and each.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found
