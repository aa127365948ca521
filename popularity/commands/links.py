"""`popularity links`: what became of links."""

from typing import Annotated

import typer

from popularity.commands.names import batch_names
from popularity.printing import say

links = typer.Typer(no_args_is_help=True, help="Links to photos, and what they were answered with.")


@links.callback()
def _about() -> None:
    """Links to photos, and what they were answered with."""


@links.command()
def retry(
    batch: Annotated[str, typer.Argument(help="A batch that `batches list` names.", autocompletion=batch_names)],
) -> None:
    """Ask again for the links of a batch whose answer was a temporary one: a time-out, a busy server, no such host.

    Final answers, photos and 404 among them, stay as they are; no other way asks for a link again.

    **Example**

    popularity links retry may
    """
    from popularity import paths
    from popularity.batches.answers import retry_links
    from popularity.files import read_json

    asked = retry_links(batch)
    left = sum(read_json(paths.metrics("fetch", batch))["temporary"].values())
    say(f"{asked:,} links asked again, {left:,} temporary answers are left; `dvc repro` reads the others")
