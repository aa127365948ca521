"""Stages as Prefect tasks: DVC decides what runs and keeps the results; Prefect sees when, how long and whether."""

from collections.abc import Callable, Sequence

from prefect import task
from prefect.artifacts import create_table_artifact

from popularity.dag.stages import StageRun, run_stage


@task(name="stage", task_run_name="{stage}", persist_result=False)
def bring_up_to_date(stage: str) -> StageRun:
    """Run one stage through DVC; a failure is the stage's own."""
    return run_stage(stage)


def run_stages(names: Sequence[str], after: Callable[[str], None] = lambda name: None) -> list[StageRun]:
    """Run stages of the current project in this order and leave a table of what each did.

    after: called with the name of each that is done; what it raises stops those that follow.
    """
    runs = []
    for name in names:
        runs.append(bring_up_to_date(name))
        print(f"{name}: {runs[-1].outcome}, {runs[-1].seconds:.1f} s")
        after(name)
    rows = [
        {
            "stage": run.stage,
            "outcome": run.outcome.value,
            "seconds": round(run.seconds, 1),
            "rows in": run.rows_in,
            "rows out": run.rows_out,
        }
        for run in runs
    ]
    create_table_artifact(rows, key="stages", description="What each stage did")
    return runs
