"""`popularity paper-tables`: the paper's Tables 2 and 3 with ours beside them."""

from pathlib import Path
from typing import Annotated

import typer


def paper_tables(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of sets in the paper's layout, as `batches add --source smp` reads them; none: the batches "
            "of this project.",
            show_default=False,
        ),
    ] = None,
    as_of_post: Annotated[
        bool, typer.Option("--as-of-post", help="In these folders avgview was read before each post went out.")
    ] = False,
) -> None:
    """Write docs/paper-tables.md: the paper's Tables 2 and 3 with ours beside them, and what the differences come from.

    Each set is run through the stages in a project of its own with this one's params, but in profile paper14; then with
    what is known before posting alone, and tested on its newest fifth. This project's batches, models and figures stay
    as they are. A second run, or one after a kill, takes from DVC's cache what was done.

    **Examples**

    popularity paper-tables

    popularity paper-tables --as-of-post ~/sets/may ~/sets/june
    """
    from popularity.paper_tables.make import make_figures
    from popularity.paper_tables.page import PAGE, here, render, today, write
    from popularity.paper_tables.project import crawls
    from popularity.printing import say
    from popularity.settings import load_settings

    folds, sets = load_settings().dataset.folds, crawls(folders or [], as_of_post=as_of_post)
    command = " ".join(
        ["popularity paper-tables", *(["--as-of-post"] if as_of_post else []), *(one.name for one in sets)]
    )
    figures = make_figures(sets)
    write(render(figures, command=command, made=today(), machine=here(), folds=folds))
    say(f"page: {PAGE}")
