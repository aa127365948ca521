"""Posts without a link of which a crawl was told that they are gone: there is no link because of that."""

import pandas as pd

from popularity.links.folder import Folder
from popularity.web.reasons import GONE_POSTS, Reason

GONE = "gone.csv"
"""In a crawl's folder, posts that were not there any more when they were asked for: pid, reason."""


def as_gone(links: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    """The links table with the reason of gone.csv where it says no link; a file of another form says nothing."""
    path = folder.path / GONE
    if not path.is_file():
        return links
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding_errors="replace")
    except ValueError:  # pandas' errors of a file that is no such table are some
        return links
    if not {"pid", "reason"} <= set(rows.columns):
        return links
    told = rows[rows["reason"].isin(GONE_POSTS)].drop_duplicates("pid").set_index("pid")["reason"]
    reason = links["pid"].astype(str).map(told)
    return links.assign(reason=links["reason"].mask((links["reason"] == Reason.NO_LINK) & reason.notna(), reason))
