"""Flow reproduce: bring the whole DAG up to date, one task a stage.

python -m flows.reproduce            run it now, with no server to start
python -m flows.reproduce --help
"""

import argparse

from prefect import flow

from flows.services import refuse_silent_server
from flows.stages import run_stages
from popularity.dag.stages import StageRun, refuse_without_git, stages_in_order
from popularity.dag.writer import one_writer
from popularity.errors import run


@flow(name="reproduce", persist_result=False, log_prints=True)
def reproduce() -> list[StageRun]:
    """Run all stages of the current folder's project in order. A second flow on the same project waits."""
    with one_writer():
        return run_stages(stages_in_order())


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
