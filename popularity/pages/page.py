"""What all pages share: one look, one way of writing numbers, everything escaped, nothing loaded from a network."""

from math import isnan
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from popularity.printing import decimal, percent, significant

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"


def render_page(template: str, **content: Any) -> str:
    """The page that a template of this folder makes; the same bytes for the same content.

    template: its name in this folder, such as "report.html". It may include "page.css".
    """
    environment = Environment(
        loader=PackageLoader("popularity.pages", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.filters["signed"] = signed
    environment.filters["three"] = three
    environment.filters["share"] = share
    return environment.get_template(template).render(**content)


def figure(value: float | None, digits: int = 3) -> str:
    """A number as a page prints it; a dash where there is none (None or NaN)."""
    if value is None or isnan(value):
        return NONE
    return decimal(round(value, digits) + 0.0, digits).replace("-", MINUS)


def three(value: float | None, sign: str = "") -> str:
    """A number with three significant digits; a dash where there is none (None or NaN). sign: as `significant`."""
    return NONE if value is None or isnan(value) else significant(value, sign=sign).replace("-", MINUS)


def signed_three(value: float) -> str:
    """A difference with three significant digits."""
    return three(value, "+")


def points(value: float) -> str:
    """A difference of shares."""
    return percent(value, NO_BREAK + "points", "+").replace("-", MINUS)


def share(value: float | None) -> str:
    """A share as per cent, with three significant digits at most; a dash where there is none."""
    return NONE if value is None or isnan(value) else percent(value, NO_BREAK + "%").replace("-", MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """A difference as a page prints it, with its sign; a dash where there is none."""
    text = figure(value, digits)
    if value is None:
        return text
    return text if text.startswith(MINUS) else f"+{text}"
