"""The pages that tell of all nights and of the champions: monitoring.html, champions.html, and index.html over all.

They are written together wherever one of them may have changed. `pages` draws, `registry` knows the bundles, and
neither knows the other: what one gives becomes what the other takes here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from popularity import paths
from popularity.errors import UserError
from popularity.monitoring.history import read_history
from popularity.monitoring.open_points import open_points
from popularity.monitoring.requests import read_requests
from popularity.pages.champions import BundleRow, Champions, Error, Reign, write_champions_page
from popularity.pages.index import write_index
from popularity.pages.nights import minute, write_monitoring_page
from popularity.registry.bundle import Bundle, read_facts
from popularity.registry.history import current_version, rolled_back, versions
from popularity.registry.reigns import read_reigns
from popularity.settings import Label, load_settings


def write_overviews() -> None:
    """Write the three pages anew, the one that links the others last."""
    settings, history = load_settings(), read_history()
    points = open_points(settings, history)
    write_monitoring_page(history, points, settings.label.unit)
    write_champions_page(champions(), read_requests())
    write_index(history, points)


def champions() -> Champions:
    """Every bundle there is and who reigned when; what cannot be read is told and fails nothing."""
    try:
        current, undone = current_version(), rolled_back()
        reigns = _reigns(current)
    except UserError as error:
        current, undone, reigns, problem = None, [], (), str(error)
    else:
        problem = ""
    there = versions()
    place = there.index(current) if current in there else len(there)
    bundles = []
    for n, version in enumerate(there):
        newer = "newer" if n > place else "earlier"
        state = "champion" if version == current else "rolled back" if version in undone else newer
        bundles.append(_row(version, state))
    return Champions(tuple(bundles), reigns, problem)


def _row(version: str, state: str) -> BundleRow:
    try:
        facts = read_facts(paths.champion(version))
    except UserError as error:
        return BundleRow(version, state, "", (), str(error))
    bundle = Bundle(paths.champion(version), facts)
    label: dict[str, Any] = {"of": facts.label_of or "views", "formula": facts.label_formula}
    unit = Label.model_construct(**label).unit  # unchecked: of a bundle of whatever version
    errors = []
    for population, model in bundle.serves.items():
        splits = facts.metrics.get(population, {}).get(model, {})
        tested = splits.get("test", {}).get("mae") is not None
        found = splits.get("test" if tested else "validation", {})
        rows = _whose(found.get("n"), facts.params, tested=tested)
        errors.append(Error(population, model, found.get("mae"), found.get("factor"), unit, rows))
    fitted = f"fitted on {facts.training_posts:,} posts of {', '.join(facts.batches)}"
    return BundleRow(version, state, fitted, tuple(errors))


def _whose(n: int | None, params: Mapping[str, Any], *, tested: bool) -> str:
    """Whose rows an error was measured on. params: those with which the bundle was made, of whatever version."""
    if n is None:
        return "Nobody has noted any."
    if not tested:
        return f"{n:,} training posts, each predicted by a model that had not seen it: there was no test post."
    split = params.get("dataset", {}).get("split", {})
    newest = ", ".join(map(str, split.get("newest", ())))
    which = {
        "given": "those that their source sets apart",
        "time": f"the latest {100 * split.get('test_share', 0):.3g} % of all that had labels",
        "newest": f"those of half of the users of {newest}",
    }.get(split.get("mode"), "its own")
    return f"{n:,} test posts that it did not learn from: {which}."


def _reigns(current: str | None) -> tuple[Reign, ...]:
    noted = read_reigns(current)
    since = [_date(reign.at) for reign in noted]
    until = [*since[1:], ""]
    return tuple(Reign(one.version, begun, over) for one, begun, over in zip(noted, since, until, strict=False))


def _date(seconds: int | None) -> str:
    return "" if seconds is None else minute(datetime.fromtimestamp(seconds, UTC))
