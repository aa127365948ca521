"""The worker: runs what the server schedules in the current folder's project, one run at a time.

    PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.worker

Makes the work pool if there is none. Options of `prefect worker start` may follow. A run that an earlier worker left
unfinished (killed, a power cut) is marked as crashed first: it would keep the pool's only place for ever.
"""

import argparse
import os
import sys
from pathlib import Path

from filelock import FileLock, Timeout
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from flows.services import api_url
from popularity.errors import UserError, run

POOL = "popularity"
AT_ONCE = 1
"""Runs of the pool: a second flow would only wait for the first to leave the project."""

BEGUN = FlowRunFilterState(
    type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
)
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
            work(options)
    except Timeout:
        raise UserError("a worker runs on this project already", next_step="leave it, or stop it first") from None


def ensure_pool(client: SyncPrefectClient) -> None:
    """Make the work pool if there is none; one that is paused stays paused."""
    from prefect.workers.process import ProcessWorker

    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(
            WorkPoolCreate(name=POOL, type="process", base_job_template=template, concurrency_limit=AT_ONCE)
        )


def mark_crashed(client: SyncPrefectClient) -> None:
    """Close the pool's runs that began and that nobody runs any more, and runs that they started."""
    ours = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    left = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=BEGUN), work_pool_filter=ours)
    for flow_run in [*left, *_started_by(client, left)]:
        client.set_flow_run_state(flow_run.id, Crashed(message="its worker was stopped while it ran"), force=True)
        print(f"{flow_run.name}: left unfinished by an earlier worker, marked as crashed", flush=True)


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
