"""CSV files that go out: people open them in a spreadsheet, which computes a cell that begins as a formula does."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from popularity.files import replacing

if TYPE_CHECKING:
    import pandas as pd

FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How text begins that a spreadsheet computes, signs of full width too, or that `no_formula` has marked."""

NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV in UTF-8, whole or not at all; no cell of text is a formula to a spreadsheet."""
    text = table.select_dtypes(["object", "string"]).columns
    safe = table.copy()
    safe[text] = safe[text].map(no_formula)
    with replacing(path) as temporary:
        safe.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def no_formula(cell: object) -> object:
    """A cell with an apostrophe before text that a spreadsheet would compute; `as_it_was` takes it away again."""
    if not isinstance(cell, str) or not FORMULA.match(cell) or NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def as_it_was(cell: str) -> str:
    """What `no_formula` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
