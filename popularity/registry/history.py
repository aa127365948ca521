"""Which bundles there are, and which of them is the champion: the one that models/champions/current names."""

import re

from popularity import paths
from popularity.errors import UserError, nearest
from popularity.files import read_json, replacing, telling, write_json
from popularity.printing import say
from popularity.registry.bundle import Bundle, load_bundle
from popularity.registry.reigns import note_reign, read_reigns, version_then
from popularity.settings import Label

VERSION = re.compile(r"v(\d{4,})")


def versions() -> list[str]:
    """Every version there is, the oldest first."""
    found = paths.CHAMPIONS.iterdir() if paths.CHAMPIONS.is_dir() else ()
    return sorted((p.name for p in found if VERSION.fullmatch(p.name) and p.is_dir()), key=_number)


def next_version() -> str:
    """The name of the bundle to be made."""
    there = versions()
    return f"v{(_number(there[-1]) if there else 0) + 1:04d}"


def current_version() -> str | None:
    """The champion's version; None where there is no champion yet. Raises UserError where the file names none."""
    if not paths.CURRENT_CHAMPION.is_file():
        return None
    with telling(paths.CURRENT_CHAMPION):
        version = paths.CURRENT_CHAMPION.read_text(encoding="utf-8").strip()
    if not VERSION.fullmatch(version):
        raise UserError(
            f"{paths.CURRENT_CHAMPION} names no version: {version[:20]!r}",
            next_step=f"delete {paths.CURRENT_CHAMPION}, then `popularity champion promote VERSION` with one that "
            "`popularity champion list` shows",
        )
    return version


def champion() -> Bundle:
    """The champion. Raises UserError where there is none."""
    version = current_version()
    if version is None:
        raise UserError("there is no champion yet", next_step="run `dvc repro`, then `popularity champion create`")
    return load_bundle(version)


def bundle_of(version: str) -> Bundle:
    """The bundle of that version. Raises UserError where there is no such bundle, or it is not whole."""
    if version not in (there := versions()):
        known = ", ".join(there) or "none"
        raise UserError(
            f"there is no bundle {version!r} (there: {known}){nearest(version, there)}",
            next_step="popularity champion list",
        )
    return load_bundle(version)


def champion_of(label: Label) -> Bundle:
    """The champion, whose predictions are in this label's unit. Raises UserError where it is in another, or none."""
    return _of_label(champion(), label)


def champion_then(label: Label, crawled: int) -> Bundle:
    """The champion of the time at which a crawl was over, Unix seconds; of today where that one cannot score it.

    Raises UserError as `champion_of`.
    """
    today = champion_of(label)
    version = version_then(crawled, read_reigns(today.version), rolled_back())
    if version is None or version == today.version:
        return today
    try:
        return _of_label(load_bundle(version), label)
    except UserError as error:
        say(f"{version} was the champion then and is not used: {error.problem}")
        return today


def promote(version: str, on: int | None = None) -> Bundle:
    """Make a bundle the champion, by one atomic rename; the others stay.

    on: date of the crawl on whose night this is, Unix seconds; None: it is done today.
    Raises UserError, with the champion left as it is, where there is no such bundle.
    """
    bundle = bundle_of(version)
    note_reign(version, current_version(), on)  # first: a run that is killed notes it once more, and no second time
    with replacing(paths.CURRENT_CHAMPION) as temporary:
        temporary.write_text(version + "\n", encoding="utf-8")
    return bundle


def appoint(version: str) -> Bundle:
    """Make another bundle the champion on a person's word; it is no longer one that was rolled back.

    Raises UserError as `promote`, or where it is the champion already.
    """
    if version == current_version():
        raise UserError(f"{version} is the champion already", next_step="popularity champion list")
    if version in versions() and version in rolled_back():
        write_json(paths.ROLLED_BACK, sorted({*rolled_back()} - {version}))
    return promote(version)


def rollback(version: str) -> Bundle:
    """The same, and remember that the champion until now had its place taken. Raises UserError as `appoint`."""
    before = current_version()
    if version in versions() and before is not None and version != before:
        write_json(paths.ROLLED_BACK, sorted({*rolled_back(), before}))
    return appoint(version)


def newer_version() -> str | None:
    """The newest bundle where it is newer than the champion and nobody has rolled it back; None: there is none."""
    current, there = current_version(), versions()
    newest = there[-1] if there else None
    if current is None or newest is None or newest in rolled_back() or _number(newest) <= _number(current):
        return None
    return newest


def rolled_back() -> list[str]:
    """Versions that a person took the place from, sorted: a flow gives it back only when it is asked to."""
    found: list[str] = read_json(paths.ROLLED_BACK) if paths.ROLLED_BACK.exists() else []
    return found


def _number(version: str) -> int:
    return int(version.removeprefix("v"))


def _of_label(bundle: Bundle, label: Label) -> Bundle:
    facts = bundle.facts
    theirs = facts.label_formula, facts.label_of or label.of
    if theirs != (label.formula, label.of):
        raise UserError(
            f"{bundle.version} predicts {theirs[0]} of {theirs[1]}, and the project's labels are {label.formula} of "
            f"{label.of} (label in params.yaml)",
            next_step="make a champion of this unit: `dvc repro`, then `popularity champion create`",
        )
    return bundle
