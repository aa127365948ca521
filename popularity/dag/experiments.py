"""Experiments: runs of the DAG that `dvc exp run` keeps in git, each with the params and the figures that it had."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from popularity import paths
from popularity.errors import UserError

WORKSPACE = "workspace"
DONE = "done"
SHORT = 7
"""Characters of a commit that stand for it where it has no name."""

EXAMPLE = "`dvc exp run -S train_boosted.trees=400`"


@dataclass(frozen=True)
class Run:
    """What the project had, or has, at one place."""

    name: str
    state: str  # done, or what DVC says of one without results: queued, running, failed; broken where it can't be read
    when: datetime | None  # local time; None of the workspace, and of what cannot be read
    params: dict[str, Any]  # of params.yaml, by their names with their sections: "train_rf.trees"
    evaluated: dict[str, Any]  # metrics/evaluate.json, {} where there is none


@dataclass(frozen=True)
class Runs:
    """The workspace, the commit that it stands on, and the experiments that started from that commit."""

    workspace: Run
    head: Run
    experiments: list[Run]


def read_runs() -> Runs:
    """What `dvc exp show` says of the current project.

    Raises UserError where the project is in no git repository or has no commit, and where DVC fails.
    """
    if not _in_git():
        raise UserError(
            "experiments are kept in git, and this project is in no repository",
            next_step=f"`git init`, commit the project, then {EXAMPLE}",
        )
    asked = subprocess.run([sys.executable, "-m", "dvc", "exp", "show", "--json"], capture_output=True, text=True)
    if asked.returncode:
        said = asked.stderr.strip().splitlines() or [f"it ended with {asked.returncode}"]
        raise UserError(f"`dvc exp show` failed: {said[-1]}", next_step="mend that, then run this again")
    return runs_of(json.loads(asked.stdout))


def runs_of(shown: list[dict[str, Any]]) -> Runs:
    """What `dvc exp show --json` printed, of the newest commit that it names.

    Raises UserError where it names none.
    """
    if len(shown) < 2:
        raise UserError("this project has no commit, from which experiments start", next_step="`git commit` it")
    workspace, head, *_ = shown
    experiments = [_experiment(one) for one in head.get("experiments") or []]
    return Runs(_run(workspace), _run(head), experiments)


def differing(run: Run, head: Run) -> dict[str, tuple[Any, Any]]:
    """Names of params -> their values in a run and at the commit, of those that differ; None where one has none."""
    names = [*head.params, *(name for name in run.params if name not in head.params)]
    pairs = {name: (run.params.get(name), head.params.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _experiment(shown: Mapping[str, Any]) -> Run:
    state = (shown.get("executor") or {}).get("state") or DONE
    found = _run(shown["revs"][0], DONE if state == "success" else state)
    return replace(found, name=shown.get("name") or found.name)


def _run(shown: Mapping[str, Any], state: str = DONE) -> Run:
    name, data = shown.get("name") or shown["rev"], shown.get("data")
    name = name if name == WORKSPACE or shown.get("name") else name[:SHORT]
    if data is None:
        return Run(name, "broken" if state == DONE else state, None, {}, {})
    when = datetime.fromisoformat(data["timestamp"]) if data.get("timestamp") else None
    params = dict(_flat(_content(data.get("params"), paths.PARAMS)))
    evaluated = _content(data.get("metrics"), paths.metrics("evaluate")) if state == DONE else {}
    return Run(name, state, when, params, evaluated)


def _content(files: Mapping[str, Any] | None, file: Path) -> dict[str, Any]:
    """What DVC read of a file; {} where it is not there or could not be read."""
    return ((files or {}).get(file.as_posix()) or {}).get("data") or {}


def _flat(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _in_git() -> bool:
    here = Path.cwd()
    return any((folder / ".git").exists() for folder in (here, *here.parents))
