"""`popularity sentiment`: one number a line."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from popularity.errors import UserError, nearest


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
    comes nearer to 2. A blank line is 2, and so is one that is not English. One of under 20 letters is taken to be in
    the language of most longer lines; where there are none it is 2.

    **Example**

    popularity sentiment descriptions.txt --backend vader
    """
    from popularity import paths
    from popularity.settings import TextFeatures, load_settings
    from popularity.text.backends import backend_names
    from popularity.text.language import OTHER, UNKNOWN
    from popularity.text.sentiment import open_sentiment

    options = load_settings().text_features if paths.PARAMS.exists() else TextFeatures()
    if backend is not None:
        if backend not in backend_names():
            known = ", ".join(backend_names())
            raise UserError(
                f"no sentiment backend {backend!r}; there are {known}{nearest(backend, backend_names())}",
                next_step="name one of them with --backend",
            )
        options = options.model_copy(update={"sentiment": backend})
    if file.is_dir() or not file.exists():
        wrong = "a folder" if file.is_dir() else "not there"
        raise UserError(f"{file} is {wrong}", next_step="name a text file, or /dev/stdin for what is piped in")
    lines, numbers = _lines(file), sys.stdout
    # What libraries print while they load or fetch a model is no number.
    with redirect_stdout(sys.stderr), open_sentiment(options) as reader:
        read = reader.read(lines)
    if lines:
        typer.echo("\n".join(f"{score:.4f}" for score in read.score), file=numbers)
    for language, why in ((OTHER, "not English"), (UNKNOWN, "too short to tell the language, and no longer line does")):
        if count := int((read.language == language).sum()):
            typer.echo(f"{count} {'line is' if count == 1 else 'lines are'} {why}: scored 2", err=True)


def _lines(file: Path) -> list[str]:
    """The lines of a file. Raises UserError where it is not UTF-8, or no text."""
    raw = file.read_bytes()
    wrong = raw.find(b"\0")
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        wrong = error.start
    if wrong >= 0:
        line = raw.count(b"\n", 0, wrong) + 1
        raise UserError(f"{file}, line {line}: not UTF-8 text", next_step=_mend(raw))
    lines = text.split("\n")
    return [line.rstrip("\r") for line in (lines if lines[-1] else lines[:-1])]


def _mend(raw: bytes) -> str:
    """What to do about bytes that are not UTF-8."""
    from popularity.sources.kinds import seems_windows_1252

    if raw.startswith(b"\x1f\x8b"):
        return "unpack it (gunzip): it is compressed"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        return "save it as UTF-8: it looks like UTF-16 (iconv -f UTF-16 -t UTF-8)"
    if seems_windows_1252(raw):
        return "save it as UTF-8: it may be Windows-1252 (iconv -f WINDOWS-1252 -t UTF-8)"
    return "save it as UTF-8: iconv -f ENCODING -t UTF-8, with the encoding of the program that wrote it"
