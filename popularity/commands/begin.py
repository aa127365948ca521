"""`popularity begin`: from the demo to a champion of one's own posts."""

import typer

from popularity import paths
from popularity.commands.batches import (
    AsOfPost,
    Columns,
    Crawled,
    DataOption,
    InPlace,
    LabelOption,
    Name,
    PathOption,
    SourceOption,
    add,
)
from popularity.commands.champion import create
from popularity.commands.tables import print_scores
from popularity.files import read_json
from popularity.printing import listed, say
from popularity.settings import load_settings


def begin(
    ctx: typer.Context,
    name: Name,
    source: SourceOption,
    path: PathOption = None,
    in_place: InPlace = False,
    data: DataOption = None,
    label: LabelOption = None,
    columns: Columns = None,
    crawled: Crawled = None,
    as_of_post: AsOfPost = False,
) -> None:
    """Put posts of your own in the demo's place: add them, remove the demo, run every stage, make a champion.

    The options are those of `popularity batches add`. The demo's batches, nights, record, pages and champions go; a
    project that holds more than the demo is left as it is. Test rows are those that the files name, else the latest
    posts. It may take hours where links have to be asked; after an interruption the same command goes on.

    **Examples**

    popularity begin mine --source smp --path ~/crawls/mine --as-of-post

    popularity begin cats --source instaloader --path ~/instaloader/cats
    """
    from popularity.dag.stages import repro
    from popularity.own_data.demo_world import leave_demo, refuse_more_than_the_demo
    from popularity.sources.strange import refuse_what_dvc_would_obey

    refuse_more_than_the_demo(name)
    if name not in load_settings().batches:
        add(ctx, name, source, path, in_place, data, label, columns, crawled, as_of_post)
    if gone := leave_demo(name):
        say(f"the demo is left: {listed(gone, 20)} removed")
    refuse_what_dvc_would_obey()
    if code := repro([]):
        say(f"next: mend what is told above, then `popularity begin {name}` with the same options goes on", err=True)
        raise typer.Exit(code)
    create(force=False)
    print_scores(read_json(paths.metrics("evaluate")))
    say(f"report: {paths.EVALUATION_REPORT}")
    say("to keep it: git add params.yaml dvc.lock data metrics plots docs/model-card.md, and commit")
