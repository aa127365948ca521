"""Three digits of a number: what a sentence about a night tells of it."""

import math

from popularity.printing import LONG

SHORT = 1e-4
"""What is nearer to zero is printed as zero: what rounding leaves."""


def significant(number: float, digits: int = 3, sign: str = "") -> str:
    """A number with so many significant digits, thousands apart; sign "+" has positive ones told.

    In exponent form from LONG on.
    """
    if not math.isfinite(number) or abs(number) >= LONG:
        return f"{number:{sign}.{digits}g}"
    rounded = float(f"{number:.{digits}g}") if abs(number) >= SHORT else 0.0
    places = digits - 1 - (math.floor(math.log10(abs(rounded))) if rounded else 0)
    return f"{rounded:{sign if rounded else ''},.{max(places, 0)}f}"


def percent(share: float, unit: str = " %", sign: str = "") -> str:
    """A share as per cent with three significant digits, or fewer where the rest are zeros."""
    text = significant(100 * share, sign=sign)
    return (text.rstrip("0").rstrip(".") if "." in text else text) + unit
