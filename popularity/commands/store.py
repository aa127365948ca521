"""`popularity store`: what was fetched, and looking after it."""

from typing import Annotated

import typer

from popularity import paths
from popularity.errors import UserError
from popularity.printing import say

store = typer.Typer(no_args_is_help=True, help="What was fetched and is kept: data/fetched/, or POPULARITY_STORE.")


@store.command()
def info() -> None:
    """Show where the store lies, its answers by outcome, and how much its photos take.

    **Example**

    popularity store info
    """
    from popularity.commands.tables import print_table
    from popularity.store.care import info as read_info
    from popularity.store.place import store_folder

    found = read_info(store_folder())
    rows = [[outcome, "final" if final else "temporary", f"{n:,}"] for outcome, final, n in found.outcomes]
    print_table("", ["outcome", "", "answers"], rows, left=2)
    unnamed = f", {_size(found.unnamed)} that no answer names" if found.unnamed else ""
    say(f"{store_folder()}: {found.contents:,} files, {_size(found.bytes)} in {found.packs} packs{unnamed}")


@store.command()
def check() -> None:
    """Read all bytes of the store and compare each SHA-256. Exits with 2 where one differs.

    **Example**

    popularity store check
    """
    from popularity.store.care import damaged
    from popularity.store.index import bring_back
    from popularity.store.place import store_folder

    wrong = damaged(store_folder())
    for sha256, problem in sorted(wrong.items()):
        say(f"{sha256}: {problem}", err=True)
    if wrong:
        lost = "; `popularity store prune` gives up what is lost, and lets it be asked for again"
        raise UserError(
            f"{len(wrong)} files of {store_folder()} are not as they were written",
            next_step=bring_back(store_folder()) + lost,
        )
    say(f"{store_folder()} is whole")


@store.command()
def prune(yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """List what no batch of params.yaml needs, and answers whose bytes are lost; then ask, and take both away.

    What other branches, checkouts or removed batches need goes too.

    **Example**

    popularity store prune
    """
    from popularity.batches.answers import needed_links
    from popularity.store.care import Pruner
    from popularity.store.place import store_folder

    needed = needed_links()
    with Pruner(store_folder()) as pruner:
        waste = pruner.waste(needed)
        if not waste:
            say(f"{store_folder()}: nothing to take away")
            return
        for key in waste.keys:
            say(key)
        say(
            f"{store_folder()}: {len(waste.keys):,} answers that no batch needs, {len(waste.lost):,} files that are "
            f"lost, {_size(waste.bytes)}"
        )
        if not yes:
            typer.confirm("Take them away?", abort=True)
        pruner.prune(waste)
        if waste.lost:
            say(f"for what was lost to be asked for again, delete {paths.ANSWERS} and run `dvc repro`")


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"
