"""`popularity status`: what is open, and what settles it."""

import typer

from popularity.printing import say


def status() -> None:
    """Say what is open, the gravest first, each with the command that settles it: what monitoring.html opens with.

    Crawls in quarantine, labels that were refused or are overdue, calls for a retrain, links to ask again.
    Exit code 1 while anything is open.

    **Example**

    popularity status
    """
    from popularity import paths
    from popularity.monitoring.history import read_history
    from popularity.monitoring.open_points import open_points
    from popularity.settings import load_settings

    history = read_history()
    found = open_points(load_settings(), history)
    for point in found:
        say(f"{point.answer}: {point.batch} {point.what}: {point.told}\n  {point.command}")
    if history:
        latest = history[-1].record
        say(f"latest batch: {latest.batch}, {latest.verdict}; page: {paths.MONITORING_REPORT}")
    if found:
        say(f"{len(found):,} open")
        raise typer.Exit(1)
    say("nothing is open")
