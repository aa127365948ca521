"""Links to the pages of reports/, for what a run shows in Prefect's UI."""

import os
import re
from pathlib import Path

from popularity import paths
from popularity.printing import printable

REPORTS_URL = "REPORTS_URL"
"""Names the variable with the address at which reports/ is served: a browser follows no link from there to a file."""


MARKS = re.compile(r"[\\`*_\[\]<>&|~#!]")
"""What Markdown, or the HTML in it, gives a meaning."""


def link(text: str, page: Path) -> str:
    """Markdown: to the address of the page where reports/ is served, else to the file."""
    served = os.environ.get(REPORTS_URL)
    address = f"{served}/{page.relative_to(paths.REPORTS).as_posix()}" if served else page.absolute().as_uri()
    return f"[{escaped(text)}]({address})"


def escaped(text: str) -> str:
    """Text that Markdown takes as it stands, on one line."""
    return MARKS.sub(r"\\\g<0>", printable(" ".join(text.split())))
