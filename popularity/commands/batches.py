"""`popularity batches`: the crawls that the DAG runs over."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from popularity.commands.tables import print_table
from popularity.errors import UserError, forbidding
from popularity.printing import listed, say
from popularity.settings import FilePair, load_settings

if TYPE_CHECKING:
    from popularity.batches.inspection import Inspection

batches = typer.Typer(no_args_is_help=True, help="The crawls that the DAG runs over.")


class Source(StrEnum):
    smp = "smp"
    csv = "csv"
    parquet = "parquet"
    json_lines = "json_lines"
    flickr_api = "flickr_api"
    instaloader = "instaloader"
    flickr_export = "flickr_export"
    gallery_dl = "gallery_dl"
    demo = "demo"


COLUMNS = typer.Option(
    help="Of csv, parquet and json_lines: our column=theirs, separated by commas.",
    metavar="pid=id,uid=owner,...",
    show_default=False,
)


class PairedOptions(typer.core.TyperCommand):
    """A command that remembers in which order --data and --label were given, so that each label finds its data."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta["order"] = [option.name for option in order if option.name in ("data", "label")]
        return list(super().parse_args(ctx, args))


Name = Annotated[str, typer.Argument(help="Lower-case letters, digits, - and _.")]
SourceOption = Annotated[Source, typer.Option(help="What wrote the files; `batches inspect DIR` tells it.")]
PathOption = Annotated[Path | None, typer.Option(help="The folder with the crawl's files.", show_default=False)]
InPlace = Annotated[bool, typer.Option("--in-place", help="Leave the files where they are, untracked.")]
DataOption = Annotated[
    list[str] | None, typer.Option(help="A file of posts in that folder; may be repeated.", show_default=False)
]
LabelOption = Annotated[
    list[str] | None,
    typer.Option(help="Labels of the --data before it; without one its posts are pending.", show_default=False),
]
Columns = Annotated[str | None, COLUMNS]
Crawled = Annotated[
    str | None,
    typer.Option(help="The day on which counts were read, 2024-05-01, where no file says it.", show_default=False),
]
AsOfPost = Annotated[
    bool, typer.Option("--as-of-post", help="avgview was read before each post went out, not at the crawl.")
]


@batches.command(cls=PairedOptions)
def add(
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
    """Add a crawl: copy its folder to data/raw/NAME, track it with DVC, name it in params.yaml.

    Of source smp, CSV files in the paper's layout, the files are train_data.csv, train_label.csv, test_data.csv and
    test_label.csv, where they exist, unless --data names others. Without --as-of-post the user's mean views may hold
    the post itself, and profile pre_publication leaves them empty.

    **Examples**

    popularity batches add may --source smp --path ~/crawls/may --as-of-post

    popularity batches add june --source smp --path ~/crawls/june --in-place --data posts.csv --label views.csv

    popularity batches add july --source csv --path ~/crawls/july --columns pid=id,uid=owner,postdate=created_at

    popularity batches add cats --source instaloader --path ~/instaloader/cats

    popularity batches add demo --source demo
    """
    from popularity.batches.project import add_batch, names_test_rows

    pairs = _pairs(ctx.meta["order"], data or [], label or [])
    with forbidding(f"{name} cannot be added"):
        add_batch(
            name,
            source=source.value,
            path=path,
            in_place=in_place,
            pairs=pairs,
            columns=_mapping(columns),
            read="as_of_post" if as_of_post else "at_crawl",
            crawled=_seconds(crawled),
        )
    say(f"added {name}; `dvc repro` runs over it")
    settings = load_settings()
    if settings.dataset.split.mode == "given" and not names_test_rows(settings):
        say(
            "no batch names test rows, and dataset.split.mode is given: nothing would be tested\n"
            "  next: write `mode: time` below `split:` in params.yaml, which tests on the latest posts"
        )


@batches.command()
def inspect(
    folder: Annotated[Path, typer.Argument(help="A folder with a crawl's files.", show_default=False)],
    source: Annotated[Source | None, typer.Option(help="Read it as this source.", show_default=False)] = None,
    columns: Annotated[str | None, COLUMNS] = None,
) -> None:
    """Say which source a folder looks like and what would be read of it, and print the command that adds it.

    Nothing is changed. Columns of csv, parquet and json_lines with names of their own are guessed where none are given.

    **Examples**

    popularity batches inspect ~/instaloader/cats

    popularity batches inspect ~/crawls/july --source csv --columns pid=id,uid=owner,postdate=created_at
    """
    from popularity.batches.inspection import inspect as inspect_folder

    if source is not None and source.value == "demo":
        raise UserError("the demo is drawn, not read", next_step="popularity batches add demo --source demo")
    _tell(inspect_folder(folder, load_settings(), source and source.value, _mapping(columns)))


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


def _tell(found: "Inspection") -> None:
    """Print what would be read."""
    crawl, posts = found.crawl, len(found.crawl.posts)
    labelled = int(crawl.labels["label"].notna().sum())
    say(f"looks like: {found.batch.source}")
    say(f"rows: {crawl.rows_in:,}, of which {posts:,} posts would be read")
    say(f"users: {found.users:,}")
    if found.dates:
        say(f"dates: {found.dates[0]} to {found.dates[1]}")
    say(f"photos: {_counted(found.photos)}")
    say(f"labels: {labelled:,}, of {found.of}{_told('; pending: ', found.pending)}")
    if found.counted:
        say(f"counts read: {found.counted[0]} to {found.counted[1]}")
    missing = [name for name, n in found.empty.items() if n == posts]
    partly = {name: n for name, n in found.empty.items() if n < posts}
    if missing:
        say(f"missing: {listed(missing, 20)}")
    if partly:
        say(f"empty in some posts: {_counted(partly)}")
    for file, columns in crawl.ignored.items():
        say(f"columns not read: {file}: {listed(columns)}")
    if crawl.passed_over:
        say(f"files passed over: {_counted(crawl.passed_over)}")
    if crawl.dropped:
        say(f"posts left out: {_counted(crawl.dropped)}")
    for (column, reason), rows in crawl.rejected.groupby(["column", "reason"], sort=True):
        first = rows.iloc[0]
        where = f"{first['file']}, row {first['row']}: {first['value']!r}"
        say(f"set aside: {len(rows):,} rows, {column or 'row'}: {reason}; the first is {where}")
    if found.unit:
        say(found.unit)
    say(f"to add it:\n{found.add}")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.items() if n) or "none"


def _told(before: str, counts: dict[str, int]) -> str:
    return f"{before}{_counted(counts)}" if counts else ""


def _mapping(columns: str | None) -> dict[str, str] | None:
    """--columns as a mapping from our columns to theirs. Raises UserError where it is none."""
    if columns is None:
        return None
    pairs = [part.partition("=") for part in columns.split(",")]
    if wrong := [ours for ours, equals, theirs in pairs if not (ours.strip() and equals and theirs.strip())]:
        raise UserError(
            f"--columns: {listed(wrong)} names no column of the file", next_step="write --columns pid=id,uid=owner"
        )
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _seconds(day: str | None) -> int | None:
    """A date as Unix seconds. Raises UserError where it is none."""
    import pandas as pd

    if day is None:
        return None
    try:
        return int(pd.Timestamp(day, tz="UTC").timestamp())
    except ValueError as error:
        raise UserError(f"--crawled {day}: no date", next_step="write it as 2024-05-01") from error


def _pairs(order: list[str], data: list[str], label: list[str]) -> list[FilePair]:
    """Match each label file to the data file given before it."""
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
