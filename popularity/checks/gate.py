"""The gate: everything that can be said about a batch's tables before it is scored."""

from collections.abc import Sequence

import pandas as pd

from popularity import paths
from popularity.checks.batch_tables import labels_table, links_table, text_table
from popularity.checks.earlier import beside_earlier, links_bounds, posts_bounds, read_earlier
from popularity.checks.habits import commonest_picture
from popularity.checks.posts_table import posts_table
from popularity.checks.rules import Finding, check, read_findings
from popularity.checks.set_aside import SET_ASIDE
from popularity.posts import read_table
from popularity.settings import Settings, batch_settings

SUITES = ("posts", "labels", "text", "links")
"""Those of a batch's tables."""


def gate(batch: str, settings: Settings, posts: Sequence[Finding] | None = None) -> list[Finding]:
    """Check a batch's tables by their suites, also against the batches that params.yaml lists before it.

    Where a stage has refused the batch, what the stages found instead: the tables then are not there.
    posts: what `gate_of_posts` has found, where that is known.
    Raises UserError when params.yaml names no such batch, or a table is missing that no stage has refused.
    """
    batch_settings(settings, batch)
    told = found_by_stages(batch)
    if exit_code(told) == 2:
        return told
    posts = gate_of_posts(batch, settings) if posts is None else posts
    set_aside = [finding for finding in told if finding.rule == SET_ASIDE]
    return [*set_aside, *posts, *_check_other_tables(batch, settings)]


def gate_of_posts(batch: str, settings: Settings) -> list[Finding]:
    """The part of the gate that posts alone decide, before anybody fetches their photos.

    Raises UserError when params.yaml names no such batch, or its posts are not there.
    """
    batch_settings(settings, batch)
    posts, earlier = read_table(paths.posts(batch)), read_earlier(batch, settings.batches)
    compared = beside_earlier(posts, earlier)
    return check(posts_table(compared), "posts", parameters=posts_bounds(compared, earlier), earlier=str(earlier))


def found_by_stages(batch: str) -> list[Finding]:
    """What a batch's stages found in its tables, as far as they came."""
    reports = [paths.quality(suite, batch) for suite in SUITES]
    return [finding for report in reports if report.exists() for finding in read_findings(report)]


def exit_code(findings: Sequence[Finding]) -> int:
    """0: all passed; 1: warnings; 2: something critical."""
    failed = {finding.severity for finding in findings if not finding.passed}
    return 2 if "critical" in failed else int(bool(failed))


def other_tables(batch: str) -> dict[str, pd.DataFrame]:
    """A batch's tables but the posts, by suite, as it sees them without earlier batches."""
    posts, links = read_table(paths.posts(batch), ["pid", "image_url"]), read_table(paths.links(batch))
    answers = read_table(paths.answers(batch), ["link", "final"])
    return {
        "labels": labels_table(posts["pid"], read_table(paths.labels(batch))),
        "text": text_table(posts["pid"], read_table(paths.text(batch))),
        "links": links_table(posts, links, paths.photos(batch), answers),
    }


def _check_other_tables(batch: str, settings: Settings) -> list[Finding]:
    """All but the posts'."""
    seen, earlier = other_tables(batch), read_earlier(batch, settings.batches, posts=False)
    links = seen["links"].assign(of_commonest_picture=commonest_picture(seen["links"]))
    alive = read_table(paths.links(batch), ["alive"])["alive"]
    bounds = links_bounds(len(alive), int(alive.sum()), earlier)
    return [
        *check(seen["labels"], "labels"),
        *check(seen["text"], "text"),
        *check(links, "links", parameters=bounds, earlier=str(earlier)),
    ]
