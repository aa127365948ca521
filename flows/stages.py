"""Stages as Prefect tasks: DVC decides what runs and keeps the results; Prefect sees when, how long and whether."""

from collections.abc import Callable, Sequence

from prefect import task
from prefect.artifacts import create_table_artifact

from flows.outcome import came_of, failed
from popularity.dag.stages import StageError, StageRefusedError, StageRun, restore, run_stage, stages_in_order
from popularity.dataset.whole import whole_batches
from popularity.sources.strange import refuse_what_dvc_would_obey


@task(name="stage", task_run_name="{stage}", persist_result=False)
def bring_up_to_date(stage: str) -> StageRun:
    """Run one stage through DVC; a failure is the stage's own."""
    try:
        return run_stage(stage)
    except StageRefusedError as refusal:  # what the data hold, and no crash
        refused: StageRun = failed(refusal)
        return refused


def run_stages(names: Sequence[str], after: Callable[[str], None] = lambda name: None) -> list[StageRun]:
    """Run stages of the current project in this order and leave a table of what each did.

    after: called with the name of each that is done; what it raises stops those that follow.
    """
    runs = []
    for name in names:
        runs.append(_run(name))
        after(name)
    _leave_table(runs)
    return runs


def run_dag() -> tuple[list[StageRun], list[StageError]]:
    """Run all stages of the current project; returns what they did, and what failed for batches without tables yet.

    The further stages of such a batch are left, and what is made of all batches is made without it. Where a stage of
    another batch fails, the tables that it had come back and the error is raised: they would be missed.
    """
    refuse_what_dvc_would_obey()
    names = stages_in_order()
    batches = {_batch_of(name) for name in names} - {""}
    runs: list[StageRun] = []
    failures: dict[str, StageError] = {}
    for name in names:
        batch = _batch_of(name)
        if batch in failures:
            continue
        had_tables = not batch or bool(whole_batches([batch]))
        try:
            runs.append(_run(name))
        except StageError as failure:
            if batch and had_tables:
                restore(name)
            failures[batch] = failure
            if had_tables or failures.keys() == batches:
                raise
            print(f"{batch} is left out, for {name} failed: {failure.problem}")
    _leave_table(runs)
    return runs, list(failures.values())


def _batch_of(stage: str) -> str:
    """The batch of a stage's full name; "" where it is of all of them."""
    return stage.partition("@")[2]


def _run(name: str) -> StageRun:
    done = came_of(bring_up_to_date(name))
    print(f"{name}: {done.outcome}, {done.seconds:.1f} s")
    return done


def _leave_table(runs: Sequence[StageRun]) -> None:
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
