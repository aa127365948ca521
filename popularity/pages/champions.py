"""reports/champions.html: every bundle of models, who reigns, whose rows each error was measured on, and each retrain.

What is known of bundles comes from those who may read them: pages know what they draw, and not where it lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from popularity import paths
from popularity.files import replacing
from popularity.monitoring.requests import Request
from popularity.pages.digits import three
from popularity.pages.names import MODEL_NAMES, POPULATION_NAMES
from popularity.pages.page import render_page
from popularity.pages.retrains import retrain_told


@dataclass(frozen=True)
class Error:
    """How much a bundle's model of one population errs. mae: in unit; None: not known. factor: None: not told."""

    population: str
    model: str
    mae: float | None
    factor: float | None  # half of the posts are off by less
    unit: str
    rows: str  # whose they are, in words


@dataclass(frozen=True)
class Reign:
    """A stretch of time in which a version was the champion, in words; since is "" where nobody has noted it."""

    version: str
    since: str
    until: str  # "" for the one that reigns


@dataclass(frozen=True)
class BundleRow:
    """One bundle. fitted: on what, in words. state: what it is beside the champion. problem: why it cannot be read."""

    version: str
    state: str  # champion, rolled back, newer or earlier
    fitted: str
    errors: tuple[Error, ...]
    problem: str = ""


@dataclass(frozen=True)
class Champions:
    """All of them, the oldest first. problem: why nobody can tell which of them is the champion."""

    bundles: tuple[BundleRow, ...]
    reigns: tuple[Reign, ...]
    problem: str = ""

    @property
    def champion(self) -> BundleRow | None:
        """The one in charge."""
        return next((one for one in self.bundles if one.state == "champion"), None)

    @property
    def newer(self) -> BundleRow | None:
        """The newest bundle that is newer than the champion and waits to be put in charge."""
        return next((one for one in reversed(self.bundles) if one.state == "newer"), None)


def write_champions_page(champions: Champions, requests: Sequence[Request]) -> None:
    """Write reports/champions.html. requests: of `read_requests`."""
    with replacing(paths.CHAMPIONS_PAGE) as temporary:
        text = render_page(
            "champions.html",
            champions=champions,
            retrains=[(one.batch, paths.batch_page(one.batch).exists(), retrain_told(one)) for one in requests],
            model_names=MODEL_NAMES,
            population_names=POPULATION_NAMES,
            three=three,
        )
        temporary.write_text(text, encoding="utf-8")
