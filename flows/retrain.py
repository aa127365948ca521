"""Flow retrain: bring the whole DAG up to date, one task a stage.

    python -m flows.retrain            run it now, with no server to start
    python -m flows.retrain --help

DVC decides what runs and keeps the results; Prefect only sees when, how long and whether.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("PREFECT_HOME", str(Path(".prefect").absolute()))
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")  # a first start makes a database
os.environ.setdefault("DO_NOT_TRACK", "1")

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from pydantic import BaseModel, ConfigDict

from flows.dag import StageRun, one_writer, run_stage, stages_in_order


class Retrain(BaseModel):
    """Parameters of the flow. project: the folder with dvc.yaml; the current one unless named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Path = Path()


@task(name="stage", task_run_name="{stage}", persist_result=False)
def bring_up_to_date(project: Path, stage: str) -> StageRun:
    """Run one stage through DVC; a failure is the stage's own."""
    return run_stage(project, stage)


@flow(name="retrain", persist_result=False, log_prints=True)
def retrain(parameters: Retrain | None = None) -> list[StageRun]:
    """Run the stages in order and leave a table of what each did. A second flow on the same project waits."""
    project = (parameters or Retrain()).project.resolve()
    with one_writer(project):
        runs = []
        for stage in stages_in_order(project):
            runs.append(bring_up_to_date(project, stage))
            print(f"{stage}: {runs[-1].outcome}, {runs[-1].seconds:.1f} s")
    rows = [{"stage": run.stage, "outcome": run.outcome.value, "seconds": round(run.seconds, 1)} for run in runs]
    create_table_artifact(rows, key="stages", description="What each stage did")
    return runs


def main() -> None:
    argparse.ArgumentParser(
        description="Bring the DAG of the current folder up to date, one Prefect task a stage.",
        epilog="example: python -m flows.retrain",
    ).parse_args()
    retrain()


if __name__ == "__main__":
    main()
