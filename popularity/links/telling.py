"""What is told of a batch's links where most of them fail in a way that is easily mended."""

from collections.abc import Iterator

import pandas as pd

from popularity.links.folder import Folder, is_remote
from popularity.web.reasons import UNREAD_FORMATS, Reason

MOSTLY = 0.5
"""Share of links from which on photos of formats that are not read are the batch's own way, and not a stray."""


def tell(posts: pd.DataFrame, links: pd.DataFrame, folder: Folder) -> tuple[str, ...]:
    """Lines about local paths that lead to no file or to one spelled otherwise, schemes left out, and unread formats.

    posts: column image_url. links: the links table, in the posts' order. folder: that the links were read from.
    """
    paths, reasons = posts["image_url"], links["reason"]
    return (
        *_unmatched(paths, reasons, folder),
        *_spelled(folder),
        *_without_scheme(paths, reasons),
        *_unread(reasons),
    )


def _unmatched(paths: "pd.Series[str]", reasons: "pd.Series[str]", folder: Folder) -> Iterator[str]:
    hosts = (reasons == Reason.NO_SCHEME).to_numpy()
    local = (paths.str.strip() != "") & ~paths.map(is_remote).astype(bool) & ~hosts
    lost = reasons.isin([Reason.MISSING_FILE, Reason.OUTSIDE, Reason.UNREADABLE_FILE]).to_numpy()
    of_local = lost[local.to_numpy()]
    if not len(of_local) or not of_local.all():
        return
    path = str(paths[local].iloc[0])
    there = folder.spellings.example(path)
    yield (
        f"warning: none of {len(of_local):,} local paths leads to a file in {folder.path}: {path[:100]!r} does not; "
        + (f"{there[:100]!r} lies there" if there else "it holds no file")
    )


def _spelled(folder: Folder) -> Iterator[str]:
    if folder.spelled:
        path, file = min(folder.spelled.items())
        pair = f"{path[:100]!r} is read as {file[:100]!r}"
        yield f"note: {len(folder.spelled):,} local paths are spelled otherwise: {pair}"


def _without_scheme(links: "pd.Series[str]", reasons: "pd.Series[str]") -> Iterator[str]:
    hosts = links[(reasons == Reason.NO_SCHEME).to_numpy()]
    if len(hosts) > MOSTLY * (reasons != Reason.NO_LINK).sum():
        yield (
            f"warning: {len(hosts):,} of {len(links):,} links name a host without http:// or https://, as "
            f"{hosts.iloc[0][:100]!r} does; write it before them"
        )


def _unread(reasons: "pd.Series[str]") -> Iterator[str]:
    unread = reasons[reasons.isin(UNREAD_FORMATS)]
    if len(unread) > MOSTLY * (reasons != Reason.NO_LINK).sum():
        cure = (
            "pip install 'photo-popularity[heif]', then run this stage again, reads them"
            if (unread == Reason.HEIC).any()
            else "convert them to JPEG"
        )
        yield f"warning: {len(unread):,} of {len(reasons):,} photos: {unread.mode()[0]}; {cure}"
