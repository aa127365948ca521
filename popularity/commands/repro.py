"""`popularity repro`: `dvc repro` that waits for a flow, and goes on where another was killed."""

from typing import Annotated

import typer

ANY = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


def repro(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(help="Stages, and options of `dvc repro`; none: every stage.", show_default=False),
    ] = None,
) -> None:
    """Bring the DAG up to date, as `dvc repro` does and with its options.

    It waits while a flow is at work in the project, and mends what a killed DVC has left: a list of who uses which
    file, at which a bare `dvc repro` stops for ever. Of data/visits/, and of crawls added with --in-place, it refuses
    what DVC or git would obey. Where a stage fails, the last line names it and its log in .work/logs/.

    **Examples**

    popularity repro

    popularity repro train_rf --force --single-item
    """
    from popularity.dag.stages import repro as run_dvc
    from popularity.sources.strange import refuse_what_dvc_would_obey

    refuse_what_dvc_would_obey()

    raise typer.Exit(run_dvc(arguments or []))
