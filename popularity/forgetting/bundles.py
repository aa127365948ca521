"""A new bundle without what the champion holds of the people takes its place; others that hold any go."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from popularity import paths
from popularity.arrays import BoolArray
from popularity.errors import UserError
from popularity.files import delete, read_json, replacing, telling, write_json
from popularity.forgetting.files import rewrite_table, without_rows
from popularity.forgetting.models import model_steps
from popularity.forgetting.steps import Step
from popularity.forgetting.whom import Whom
from popularity.models.baselines import USER_MEAN
from popularity.monitoring import expected_error, known_labels, past, reference
from popularity.registry.bundle import FACTS, Facts, digests, load_bundle
from popularity.registry.history import current_version, next_version, promote, rolled_back, versions
from popularity.registry.reigns import Reign

TABLES = (reference.TABLE, past.FILE)
"""Tables of the reference that name users and no posts."""


def bundle_steps(whom: Whom) -> Iterator[Step]:
    """The champion first, then the others; last what is left of a run that was killed."""
    current = current_version()
    theirs = [version for version in versions() if _holds(paths.champion(version), whom)]
    if current in theirs:
        yield Step(
            str(paths.champion(current)),
            "reference rows, history or words; a new bundle without them takes its place",
            partial(_replace, current, whom),
        )
    elif current is not None and (before := _facts(current).succeeds) in theirs:
        yield Step(str(paths.champion(before)), "the champion's place", partial(_hand_over, before, current))
    for version in theirs:
        yield Step(str(paths.champion(version)), "the bundle, which goes", partial(_delete, version))


def _holds(bundle: Path, whom: Whom) -> bool:
    return bool(_gone_of_reference(bundle, whom)) or any(True for _ in model_steps(bundle, whom))


def _gone_of_reference(bundle: Path, whom: Whom) -> dict[str, BoolArray]:
    """File of the reference -> which of its rows go, shape (n,), of those in which any does."""
    folder = bundle / reference.FOLDER
    found: dict[str, BoolArray] = {}
    for name in TABLES:
        if (folder / name).exists():
            with telling(folder / name):
                uid = pq.read_table(folder / name, columns=["uid"])["uid"].to_numpy()
            found[name] = whom.cuts(uid).to_numpy(bool)
    if (folder / known_labels.FILE).exists():
        labels = known_labels.KnownLabels.load(folder)
        gone = whom.forgotten.rows(labels.pid, labels.uid)
        found[known_labels.FILE] = gone
        if (folder / expected_error.FILE).exists():  # the same posts, in the same order
            found[expected_error.FILE] = gone
    if (folder / USER_MEAN).exists():
        found[USER_MEAN] = whom.cuts(read_json(folder / USER_MEAN)["uid"]).to_numpy(bool)
    return {name: gone for name, gone in found.items() if gone.any()}


def _replace(old: str, whom: Whom) -> None:
    new = _made_before(old, whom) or _make(old, whom)
    _hand_over(old, new)


def _made_before(old: str, whom: Whom) -> str | None:
    """The bundle that a run made before it was killed, if it holds none of these people either."""
    made = [one for one in versions() if _facts(one).succeeds == old]
    return next((one for one in made if not _holds(paths.champion(one), whom)), None)


def _make(old: str, whom: Whom) -> str:
    """Copy the bundle without what it holds of them; returns the copy's version."""
    version, facts = next_version(), load_bundle(old).facts
    with replacing(paths.champion(version)) as temporary:
        shutil.copytree(paths.champion(old), temporary)
        for name, gone in _gone_of_reference(temporary, whom).items():
            _cut(temporary / reference.FOLDER / name, gone)
        for step in model_steps(temporary, whom):
            step.do()
        files = digests(temporary)
        content = hashlib.sha256(json.dumps([facts.content, files]).encode()).hexdigest()
        made = facts.model_copy(update={"version": version, "content": content, "files": files, "succeeds": old})
        write_json(temporary / FACTS, made.model_dump(mode="json"))
    return version


def _cut(file: Path, gone: BoolArray) -> None:
    if gone.all():
        raise UserError(
            f"{file} holds nobody else: no champion is left without them",
            next_step="add labelled posts of others and train anew: `popularity repro`, `popularity champion create`, "
            "`popularity champion promote VERSION` with the new one, then this again",
        )
    if file.name != USER_MEAN:
        rewrite_table(file, partial(without_rows, gone=gone))
        return
    told = read_json(file)
    kept = {name: np.asarray(told[name])[~gone].tolist() for name in ("uid", "mean", "posts") if name in told}
    write_json(file, told | kept)


def _hand_over(old: str, new: str) -> None:
    """Make the new one champion, in the record of nights too: labels are compared by what their champion knows."""
    if current_version() != new:
        promote(new)
    for folder in ("scores", "drift", "performance"):
        for table in sorted((paths.MONITORING / folder).glob("[!.]*.parquet")):
            with telling(table):
                named = pq.read_table(table, columns=["version"])["version"].to_pylist()
            if old in named:
                rewrite_table(table, partial(_renamed, old=old, new=new))
    for record in sorted((paths.MONITORING / "nights").glob("[!.]*.json")):
        told = read_json(record)
        if told.get("version") == old:
            write_json(record, told | {"version": new})
    _rename_reigns(old, new)


def _renamed(table: pa.Table, old: str, new: str) -> pa.Table:
    column = pa.array([new if one == old else one for one in table["version"].to_pylist()], pa.string())
    return table.set_column(table.schema.get_field_index("version"), "version", column)


def _rename_reigns(old: str, new: str) -> None:
    """The new one has reigned since the old one did."""
    if not paths.REIGNS.exists():
        return
    with telling(paths.REIGNS):
        reigns = TypeAdapter(list[Reign]).validate_python(read_json(paths.REIGNS))
    reigns = [one.model_copy(update={"version": new}) if one.version == old else one for one in reigns]
    first = [one for place, one in enumerate(reigns) if place == 0 or reigns[place - 1].version != one.version]
    write_json(paths.REIGNS, [one.model_dump() for one in first])


def _delete(version: str) -> None:
    if version == current_version():  # the number was free again when the new one was made
        return
    delete(paths.champion(version))
    if version in rolled_back():
        write_json(paths.ROLLED_BACK, [one for one in rolled_back() if one != version])


def _facts(version: str) -> Facts:
    with telling(paths.champion(version) / FACTS):
        return Facts.model_validate(read_json(paths.champion(version) / FACTS))
