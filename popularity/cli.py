"""The `popularity` command. It acts on the project in the current folder."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from popularity import paths
from popularity.commands.backbones import backbones
from popularity.commands.champion import champion
from popularity.commands.demo import demo
from popularity.commands.drift import drift
from popularity.commands.forget import forget
from popularity.commands.links import links
from popularity.commands.monitor import monitor
from popularity.commands.predict import predict
from popularity.commands.quality import quality
from popularity.commands.repro import ANY, repro
from popularity.commands.sentiment import sentiment
from popularity.commands.store import store
from popularity.commands.tables import print_scores, print_scores_under, print_table
from popularity.errors import UserError, forbidding, run
from popularity.files import read_json

cli = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")
batches = typer.Typer(no_args_is_help=True, help="The crawls that the DAG runs over.")
cli.add_typer(batches, name="batches")
cli.add_typer(champion, name="champion")
cli.command()(backbones)
cli.command()(predict)
cli.add_typer(quality, name="quality")
cli.command(context_settings=ANY)(repro)
cli.command()(sentiment)
cli.add_typer(demo, name="demo")
cli.command()(drift)
cli.command()(forget)
cli.add_typer(links, name="links")
cli.add_typer(monitor, name="monitor")
cli.add_typer(store, name="store")


def app() -> None:
    """Run the command; what the user can fix is printed on stderr and ends it with exit code 2."""
    run(cli)


class Source(StrEnum):
    smp = "smp"
    demo = "demo"


class Protocol(StrEnum):
    paper = "paper"
    forward = "forward"
    new_users = "new_users"


class PairedOptions(typer.core.TyperCommand):
    """A command that remembers in which order --data and --label were given, so that each label finds its data."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta["order"] = [option.name for option in order if option.name in ("data", "label")]
        return list(super().parse_args(ctx, args))


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


@batches.command(cls=PairedOptions)
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, - and _.")],
    source: Annotated[Source, typer.Option(help="smp: CSV files in the paper's layout; demo: drawn from the seed.")],
    path: Annotated[Path | None, typer.Option(help="The folder with the CSV files.", show_default=False)] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Leave the files where they are, untracked.")] = False,
    data: Annotated[
        list[str] | None, typer.Option(help="A file of posts in that folder; may be repeated.", show_default=False)
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(help="Labels of the --data before it; without one its posts are pending.", show_default=False),
    ] = None,
    as_of_post: Annotated[
        bool, typer.Option("--as-of-post", help="avgview was read before each post went out, not at the crawl.")
    ] = False,
) -> None:
    """Add a crawl: copy its folder to data/raw/NAME, track it with DVC, name it in params.yaml.

    Without --data the files are train_data.csv, train_label.csv, test_data.csv and test_label.csv,
    where they exist. Without --as-of-post the user's mean views may hold the post itself, and profile pre_publication
    leaves them empty.

    **Examples**

    popularity batches add may --source smp --path ~/crawls/may --as-of-post

    popularity batches add june --source smp --path ~/crawls/june --in-place --data posts.csv --label views.csv

    popularity batches add demo --source demo
    """
    from popularity.batches.project import add_batch

    pairs = _pairs(ctx.meta["order"], data or [], label or [])
    with forbidding(f"{name} cannot be added"):
        add_batch(
            name,
            source=source.value,
            path=path,
            in_place=in_place,
            pairs=pairs,
            read="as_of_post" if as_of_post else "at_crawl",
        )
    typer.echo(f"added {name}; `dvc repro` runs over it")


@batches.command()
def remove(name: Annotated[str, typer.Argument(help="A batch that `list` names.")]) -> None:
    """Remove a crawl and delete its files: the copy in data/raw, its later labels, all that the DAG made of it.

    Files added with --in-place are left alone.

    **Example**

    popularity batches remove demo
    """
    from popularity.batches.project import list_batches, remove_batch

    with forbidding(f"{name} cannot be removed"):
        remove_batch(name)
    left = "`dvc repro` runs over the others" if list_batches() else "none is left: add one before `dvc repro`"
    typer.echo(f"removed {name}; {left}")


@batches.command("list")
def list_() -> None:
    """Show every crawl: its posts, labels and living photos, where the DAG has counted them.

    **Example**

    popularity batches list
    """
    from popularity.batches.project import list_batches

    rows = [
        [
            b.name,
            b.source,
            b.path,
            *("-" if n is None else f"{n:,}" for n in (b.posts, b.labelled, b.pending, b.photos)),
        ]
        for b in list_batches()
    ]
    print_table("", ["batch", "source", "path", "posts", "labelled", "pending", "photos"], rows, left=3)


@cli.command()
def scores(
    protocol: Annotated[
        Protocol, typer.Option(help="How training posts were cut: random folds, by date, or without a user in common.")
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


def _pairs(order: list[str], data: list[str], label: list[str]) -> list[Any]:
    """Match each label file to the data file given before it."""
    from popularity.settings import FilePair

    pairs: list[dict[str, str]] = []
    datas, labels = iter(data), iter(label)
    for option in order:
        if option == "data":
            pairs.append({"data": next(datas)})
        elif not pairs or "label" in pairs[-1]:
            raise UserError(
                f"--label {next(labels)} has no --data before it", next_step="give --data, then its --label"
            )
        else:
            pairs[-1]["label"] = next(labels)
    return [FilePair.model_validate(pair) for pair in pairs]
