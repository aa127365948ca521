"""Flow reproduce: bring the whole DAG up to date, one task a stage.

python -m flows.reproduce            run it now, with no server to start
python -m flows.reproduce --help
"""

import argparse

from prefect import flow

from flows.services import refuse_silent_server
from flows.stages import run_dag
from popularity.dag.stages import StageRun, refuse_without_git
from popularity.dag.writer import one_writer
from popularity.errors import run


@flow(name="reproduce", persist_result=False, log_prints=True)
def reproduce() -> list[StageRun]:
    """Run all stages of the current folder's project in order. A second flow on the same project waits.

    Raises StageError, after all others are done, where a stage failed for a batch that has no tables yet.
    """
    with one_writer():
        runs, failures = run_dag()
    if failures:
        raise failures[0]
    return runs


def main() -> None:
    argparse.ArgumentParser(
        description="Bring the DAG of the current folder up to date, one Prefect task a stage.",
        epilog="example: python -m flows.reproduce",
    ).parse_args()
    refuse_without_git()
    refuse_silent_server()
    reproduce()


if __name__ == "__main__":
    run(main)
