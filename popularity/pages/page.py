"""What all pages share: one look, one way of writing numbers, everything escaped, nothing loaded from a network."""

from math import isnan
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from popularity.printing import decimal

MINUS = "\N{MINUS SIGN}"


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
    return environment.get_template(template).render(**content)


def figure(value: float | None, digits: int = 3) -> str:
    """A number as a page prints it; a dash where there is none (None or NaN)."""
    if value is None or isnan(value):
        return "\N{EN DASH}"
    return decimal(round(value, digits) + 0.0, digits).replace("-", MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """A difference as a page prints it, with its sign; a dash where there is none."""
    text = figure(value, digits)
    if value is None:
        return text
    return text if text.startswith(MINUS) else f"+{text}"
