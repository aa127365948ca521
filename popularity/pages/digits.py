"""Three digits of a number, as the pages of nights print them."""

from math import isnan

from popularity.monitoring.digits import percent, significant
from popularity.pages.page import MINUS

NONE = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"


def three(value: float | None, sign: str = "") -> str:
    """A number with three significant digits; a dash where there is none (None or NaN). sign: as `significant`."""
    return NONE if value is None or isnan(value) else significant(value, sign=sign).replace("-", MINUS)


def signed_three(value: float) -> str:
    """A difference with three significant digits."""
    return three(value, "+")


def share(value: float | None) -> str:
    """A share as per cent, with three significant digits at most; a dash where there is none."""
    return NONE if value is None or isnan(value) else percent(value, f"{NO_BREAK}%").replace("-", MINUS)


def points(value: float) -> str:
    """A difference of shares."""
    return percent(value, f"{NO_BREAK}points", "+").replace("-", MINUS)
