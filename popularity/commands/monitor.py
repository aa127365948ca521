"""`popularity monitor`: what is on record of the nights, to look at."""

import typer

from popularity import paths

monitor = typer.Typer(no_args_is_help=True, help="What is on record of the nights, to look at.")


@monitor.command()
def rebuild() -> None:
    """Build the pages of the nights and champions and Evidently's workspace anew, from the record alone.

    The record outlives both: run this after `make clean` or an upgrade of Evidently. A dashboard that is running shows
    it once it is started again.

    **Example**

    popularity monitor rebuild
    """
    from popularity.monitoring.history import read_history
    from popularity.overviews import write_overviews
    from popularity.pages.dashboard import rebuild as rebuild_workspace
    from popularity.pages.nights import write_batch_page
    from popularity.settings import load_settings

    history = read_history()
    for night in history:
        write_batch_page(night.record.batch)
    write_overviews()
    rebuild_workspace(history, paths.WORKSPACE, load_settings().label.unit)
    typer.echo(f"{len(history)} batches on record")
    typer.echo(f"pages: {paths.INDEX}\ndashboard: make dashboard")
