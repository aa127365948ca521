"""The `popularity` command. It acts on the project in the current folder."""

from enum import StrEnum
from typing import Annotated

import typer

from popularity import paths
from popularity.commands.backbones import backbones
from popularity.commands.batches import PairedOptions, batches
from popularity.commands.begin import begin
from popularity.commands.champion import champion
from popularity.commands.crawl import crawl
from popularity.commands.demo import demo
from popularity.commands.drift import drift
from popularity.commands.explain import explain
from popularity.commands.forget import forget
from popularity.commands.links import links
from popularity.commands.monitor import monitor
from popularity.commands.names import one_of
from popularity.commands.paper_tables import paper_tables
from popularity.commands.predict import predict
from popularity.commands.quality import quality
from popularity.commands.repro import ANY, repro
from popularity.commands.runs import runs
from popularity.commands.sentiment import sentiment
from popularity.commands.status import status
from popularity.commands.store import store
from popularity.commands.tables import print_scores, print_scores_under
from popularity.commands.tune import tune
from popularity.errors import UserError, run
from popularity.files import read_json

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    epilog="Example: popularity predict --data posts.csv --photos DIR --out predictions.parquet",
)
cli.add_typer(
    batches, name="batches", epilog="Example: popularity batches add mine --source smp --path DIR --as-of-post"
)
cli.add_typer(champion, name="champion", epilog="Example: popularity champion create")
cli.add_typer(crawl, name="crawl", epilog="Example: popularity crawl discover --dry-run")
cli.command()(backbones)
cli.command(cls=PairedOptions)(begin)
cli.command()(paper_tables)
cli.command()(predict)
cli.add_typer(quality, name="quality", epilog="Example: popularity quality demo")
cli.command(context_settings=ANY)(repro)
cli.command()(runs)
cli.command()(sentiment)
cli.add_typer(demo, name="demo", epilog="Example: popularity demo night --night 1 --out data/inbox/night-1")
cli.command()(drift)
cli.command()(explain)
cli.command()(forget)
cli.add_typer(links, name="links", epilog="Example: popularity links retry may")
cli.add_typer(monitor, name="monitor", epilog="Example: popularity monitor rebuild")
cli.command()(status)
cli.add_typer(store, name="store", epilog="Example: popularity store info")
cli.command()(tune)


def app() -> None:
    """Run the command; what the user can fix is printed on stderr and ends it with exit code 2."""
    run(cli)


class Protocol(StrEnum):
    paper = "paper"
    forward = "forward"
    new_users = "new_users"


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"popularity {version('photo-popularity')}")
        raise typer.Exit


@cli.callback()
def _about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Predict how popular a photo post will be.

    Acts on the project in the current folder.
    """


@cli.command()
def scores(
    protocol: Annotated[
        Protocol,
        typer.Option(
            help="How training posts were cut: random folds, by date, or without a user in common.", **one_of(Protocol)
        ),
    ] = Protocol.paper,
) -> None:
    """Print the scores of every model, on training rows that it did not learn from (validation) and on test rows.

    Under protocols forward and new_users on training rows alone, with 95 % intervals over whole users.

    **Examples**

    popularity scores

    popularity scores --protocol forward
    """
    path = paths.metrics("evaluate")
    if not path.exists():
        raise UserError(f"{path} is not there", next_step="run `dvc repro`, which writes it")
    if protocol is Protocol.paper:
        print_scores(read_json(path))
    else:
        print_scores_under(protocol.value, read_json(path))
    typer.echo(f"report: {paths.EVALUATION_REPORT}")
