"""Links to the pages of reports/, for what a run shows in Prefect's UI."""

import os
from pathlib import Path

from popularity import paths

REPORTS_URL = "REPORTS_URL"
"""Names the variable with the address at which reports/ is served: a browser follows no link from there to a file."""


def link(text: str, page: Path) -> str:
    """Markdown: to the address of the page where reports/ is served, else to the file."""
    served = os.environ.get(REPORTS_URL)
    address = f"{served}/{page.relative_to(paths.REPORTS).as_posix()}" if served else page.absolute().as_uri()
    return f"[{text}]({address})"
