"""`popularity sentiment`: one number a line."""

import sys
from contextlib import redirect_stdout
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from popularity.errors import UserError

LINES_AT_ONCE = 5000


def sentiment(
    file: Annotated[Path, typer.Argument(help="A text file, UTF-8, a description a line.")],
    backend: Annotated[
        str | None,
        typer.Option(
            help="Instead of params.yaml's, or of stanza_small where no params.yaml is.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print the sentiment of each line of FILE: 0 very negative, 2 neutral, 4 very positive.

    1.5 to 2.5 is neutral, lower negative, higher positive; by a narrower band stanza_small is misread, for it seldom
    comes nearer to 2. A blank line is 2, and so is one that is not English.

    **Example**

    popularity sentiment descriptions.txt --backend vader
    """
    from popularity import paths
    from popularity.settings import TextFeatures, load_settings
    from popularity.text.sentiment import open_sentiment

    options = load_settings().text_features if paths.PARAMS.exists() else TextFeatures()
    if backend is not None:
        options = options.model_copy(update={"sentiment": backend})
    if file.is_dir() or not file.exists():
        wrong = "a folder" if file.is_dir() else "not there"
        raise UserError(f"{file} is {wrong}", next_step="name a text file, or /dev/stdin for what is piped in")
    foreign, numbers = 0, sys.stdout
    # What libraries print while they load or fetch a model is no number.
    with (
        redirect_stdout(sys.stderr),
        open_sentiment(options) as reader,
        file.open(encoding="utf-8", errors="replace", newline="\n") as lines,
    ):
        while some := list(islice(lines, LINES_AT_ONCE)):
            read = reader.read([line.rstrip("\r\n") for line in some])
            foreign += int(read.foreign.sum())
            typer.echo("\n".join(f"{score:.4f}" for score in read.score), file=numbers)
    if foreign:
        typer.echo(f"{foreign} {'line is' if foreign == 1 else 'lines are'} not English and scored 2", err=True)
