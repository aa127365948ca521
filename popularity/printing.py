"""How text that may come from elsewhere is printed and logged: a terminal obeys none of it."""

import logging
import re
import sys
from collections.abc import Iterable
from os import PathLike
from typing import Any

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, of which a terminal may obey some; marks that turn the direction of a line; halves of surrogates."""

LONG = 1e9
"""From here on numbers are printed in exponent form."""

NAME = 40
"""Characters of a name in a list."""


def printable(text: str) -> str:
    r"""The text with `\x1b` and the like in place of what a terminal or a log might obey; line ends and tabs stay."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def listed(names: Iterable[object], most: int = 10) -> str:
    """Names separated by commas, each on the same line and cut, with a count of those that are left out."""
    every = [shortened(" ".join(str(name).split()), NAME) for name in names]
    rest = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + rest


def shortened(text: str, most: int) -> str:
    """The text, or its first characters and a count of the rest."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text) - most:,} more characters)"


def decimal(number: float, places: int = 2) -> str:
    """A number with so many decimals, or in exponent form where that would be long: a fault's may have 300 digits."""
    return f"{number:.{places}f}" if abs(number) < LONG else f"{number:.{places + 1}g}"


def say(message: str, *, err: bool = False) -> None:
    """Print a message that may hold text from elsewhere, on stdout or stderr: a terminal obeys none of it."""
    print(printable(message), file=sys.stderr if err else sys.stdout, flush=True)


def log_printably() -> None:
    """Have every logger of this process write what `printable` gives, Prefect's too."""
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        made.msg = _safe(made.msg)
        if isinstance(made.args, tuple):
            made.args = tuple(_safe(one) for one in made.args)
        return made

    logging.setLogRecordFactory(record)


def _safe(one: Any) -> Any:
    """What a log is told of, where it would be written as text."""
    return printable(str(one)) if isinstance(one, str | PathLike | BaseException) else one
