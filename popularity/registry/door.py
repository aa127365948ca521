"""The door of posts that come from a file: they are asked what a batch is asked, by rules that the bundle brings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import paths
from popularity.checks.bands import LEAST_POSTS
from popularity.checks.posts_table import posts_table
from popularity.checks.rules import check, stop_on_critical
from popularity.checks.set_aside import set_aside
from popularity.models.evidence import Evidence
from popularity.monitoring.drift import Drift, compare
from popularity.monitoring.reference import Reference
from popularity.registry.bundle import SUITES, Bundle
from popularity.sources.crawl import Crawl


def refuse_broken(posts: pd.DataFrame, name: str, bundle: Bundle) -> None:
    """Run the posts suite of ingest; warnings are printed.

    posts: the columns of `posts.POSTS`. name: how messages call them. Raises UserError on what is critical.
    """
    suites = bundle.folder / SUITES
    if not suites.is_dir():  # made before bundles brought them: the project's, where there is one
        suites = paths.EXPECTATIONS
    if not suites.is_dir():
        return
    findings = check(posts_table(posts), "posts", suites=suites)
    stop_on_critical(findings, table=name, next_step="mend these rows")


def refuse_faulty(crawl: Crawl, name: str, listing: Path, max_share: float) -> None:
    """Raises UserError where more rows were set aside than ingest lets pass.

    name: how messages call the file. listing: the file that all of them are listed in.
    """
    findings = set_aside(crawl.rejected, rows_read=crawl.rows_read, max_share=max_share)
    stop_on_critical(findings, table=name, next_step=f"mend these rows (all are listed in {listing})")


def unlike(evidence: Evidence, scores: pd.DataFrame, bundle: Bundle, *, photos: bool) -> list[Drift]:
    """The columns of posts that are further from what the champion knows than a night's may be, judged as its nights.

    None of fewer than LEAST_POSTS posts, or where an older bundle does not say what it knows. photos: whether any were
    looked for.
    """
    if len(scores) < LEAST_POSTS or not Reference.is_in(bundle.folder):
        return []
    posts = evidence.posts.assign(label=np.nan, has_photo=evidence.has_photo)
    reference = Reference.load(bundle.folder)
    current = reference.describe(posts, scores["prediction"], None, scores["age_days"].to_numpy(np.float64))
    if not photos:
        current = replace(current, frame=current.frame.drop(columns="alive"))
    return [one for one in compare(current, reference, bundle.monitoring) if one.drifted]
