"""The worker: runs what the server schedules in the current folder's project, one run at a time.

    PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.worker

Makes the work pool if there is none. Options of `prefect worker start` may follow. A run that an earlier worker left
unfinished (killed, a power cut) is marked as crashed first, and one that stays pending later on: each would keep the
pool's only place for ever.
"""

import argparse
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import httpx
from filelock import FileLock, Timeout
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Crashed

from flows.services import api_url
from flows.watch_runs import tell_of_runs
from popularity.errors import UserError, run

POOL = "popularity"
AT_ONCE = 1
"""Runs of the pool: a second flow would only wait for the first to leave the project."""

PENDING_MIN = 10
"""Minutes in which a run that was handed out has to begin; starting Python takes seconds."""
LOOK_S = 60

NOT_OF_A_RUN = ("command", "env", "working_dir")
"""What a process pool lets each run choose, and this one does not: whoever starts a run would start any command."""

BEGUN = FlowRunFilterState(
    type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
)
PENDING = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING]))
OURS = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
LOCK = "worker.lock"


def main() -> None:
    _, options = argparse.ArgumentParser(
        description="Run what the server at PREFECT_API_URL schedules, in the current folder's project.",
        epilog="example: PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.worker --with-healthcheck",
    ).parse_known_args()
    api_url()
    try:
        with FileLock(Path(os.environ["PREFECT_HOME"]) / LOCK, timeout=0):
            with get_client(sync_client=True) as client:
                ensure_pool(client)
                mark_crashed(client)
            Thread(target=watch, daemon=True).start()
            work(options)
    except Timeout:
        raise UserError("a worker runs on this project already", next_step="leave it, or stop it first") from None


def ensure_pool(client: SyncPrefectClient) -> None:
    """Make the work pool if there is none, and set what its runs may choose; one that is paused stays paused."""
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    for name in NOT_OF_A_RUN:
        del template["job_configuration"][name], template["variables"]["properties"][name]
    try:
        client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=template))
    except ObjectNotFound:
        client.create_work_pool(
            WorkPoolCreate(name=POOL, type="process", base_job_template=template, concurrency_limit=AT_ONCE)
        )


def mark_crashed(client: SyncPrefectClient) -> None:
    """Close the pool's runs that began and that nobody runs any more, and runs that they started."""
    left = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=BEGUN), work_pool_filter=OURS)
    for flow_run in [*left, *_started_by(client, left)]:
        _close(client, flow_run, "its worker was stopped while it ran")


def watch() -> None:
    """Look every LOOK_S at runs that are pending, crashed or late, for as long as the process lives."""
    while True:
        time.sleep(LOOK_S)
        try:
            with get_client(sync_client=True) as client:
                mark_pending(client, datetime.now(UTC) - timedelta(minutes=PENDING_MIN))
                tell_of_runs(client, OURS, datetime.now(UTC))
        except (httpx.HTTPError, PrefectException) as error:  # the server is busy, or starts anew
            print(f"runs are looked for again in {LOOK_S} s: {error}", file=sys.stderr, flush=True)


def mark_pending(client: SyncPrefectClient, since: datetime) -> None:
    """Close the pool's runs that have been pending since then: whoever was to run them does not."""
    for flow_run in client.read_flow_runs(flow_run_filter=FlowRunFilter(state=PENDING), work_pool_filter=OURS):
        if flow_run.state is not None and flow_run.state.timestamp < since:
            _close(client, flow_run, f"it stayed pending for over {PENDING_MIN} minutes")


def _close(client: SyncPrefectClient, flow_run: FlowRun, why: str) -> None:
    client.set_flow_run_state(flow_run.id, Crashed(message=why), force=True)
    print(f"{flow_run.name}: {why}, marked as crashed", flush=True)


def _started_by(client: SyncPrefectClient, parents: list[FlowRun]) -> list[FlowRun]:
    if not parents:
        return []
    inside = FlowRunFilterParentFlowRunId(any_=[parent.id for parent in parents])
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(state=BEGUN, parent_flow_run_id=inside))


def work(options: list[str]) -> None:
    """Be Prefect's worker until a signal comes. Processes of its runs import this project's code before any other."""
    from prefect.cli import app

    project = str(Path.cwd())
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([project, *([others] if others else [])])
    sys.argv = ["prefect", "worker", "start", "--pool", POOL, "--type", "process", *options]
    app()


if __name__ == "__main__":
    run(main)
