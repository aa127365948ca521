"""Seconds of one night of the demo: what its four DVC stages take, each step of the flow, and all that is not a stage.

`python -m benchmarks.night` in a project whose DAG is up to date and committed. The night is played without a server in
a temporary clone whose outputs come from this project's DVC cache.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import environment

BATCH = "night-001"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "project"
        prepare(clone)
        start = time.perf_counter()
        run(clone, sys.executable, "-m", "flows.recrawl")
        total = time.perf_counter() - start
        steps = asyncio.run(steps_of(clone))
    stages = sum(seconds for name, seconds in steps.items() if f"@{BATCH}" in name)
    for name, seconds in steps.items():
        print(f"{name:40} {seconds:6.1f} s")
    print(f"{'start, end and between the steps':40} {total - sum(steps.values()):6.1f} s")
    found = {"total_s": total, "stages_s": stages, "overhead_s": total - stages}
    print(json.dumps({name: round(seconds, 1) for name, seconds in found.items()}))


def prepare(clone: Path) -> None:
    """A clone with all outputs, a champion and a crawl in its inbox; no stage runs for it."""
    cache = Path.cwd() / ".dvc/cache"
    run(Path.cwd(), "git", "clone", "--quiet", ".", str(clone))
    run(clone, "dvc", "cache", "dir", "--quiet", "--local", str(cache))
    run(clone, "dvc", "checkout", "--quiet")
    run(clone, sys.executable, "-m", "popularity", "champion", "create")
    inbox = f"data/inbox/{BATCH}"
    run(clone, sys.executable, "-m", "popularity", "demo", "night", "--night", "1", "--out", inbox)


async def steps_of(clone: Path) -> dict[str, float]:
    """Seconds of each task of the one flow run that the clone's Prefect knows, in their order."""
    os.environ |= prefect_of(clone)
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import TaskRunSort

    async with get_client() as client:
        runs = await client.read_task_runs(sort=TaskRunSort.END_TIME_DESC)
    return {run.name: run.total_run_time.total_seconds() for run in reversed(runs)}


def prefect_of(folder: Path) -> dict[str, str]:
    return {"PREFECT_HOME": str(folder / ".prefect"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, env=environment() | prefect_of(folder), check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
