"""`popularity runs`: experiments side by side, by what they changed and what came of it."""

from typing import TYPE_CHECKING, Any

import typer

from popularity.commands.tables import figure, print_table
from popularity.printing import shortened

if TYPE_CHECKING:
    from popularity.dag.experiments import Run

POPULATIONS = {"all_posts": "all posts", "posts_with_photo": "posts with photo"}
PARTS = (("val.", "validation"), ("test", "test"))
VALUE = 24
"""Characters of a param's value that are shown."""


def runs() -> None:
    """Compare experiments: what `dvc exp run` kept of this commit, beside the commit itself and the workspace.

    Figures are those of each population's best model in metrics/evaluate.json. Below them stand the params, and the
    best models, that differ from the commit's.

    **Examples**

    popularity runs

    dvc exp run -n few -S train_boosted.trees=100, then popularity runs
    """
    from popularity.dag.experiments import EXAMPLE, read_runs

    found = read_runs()
    if not found.experiments:
        typer.echo(f"no experiment on {found.head.name} yet: {EXAMPLE} makes one")
        return
    rows = [found.workspace, found.head, *found.experiments]
    for population, shown in POPULATIONS.items():
        if any(population in run.evaluated for run in rows):
            columns = [shown, "when", *(f"{part}\n{name}" for part, _ in PARTS for name in ("mae", "rho")), "held\n%"]
            cells = [[run.name, _when(run), *_figures(run.evaluated.get(population, {}))] for run in rows]
            print_table("", columns, cells, left=2)
    changes = [[run.name, *change] for run in rows for change in _changes(run, found.head)]
    if changes:
        print_table("", ["", "what differs", "here", found.head.name], changes, left=4)
    typer.echo("held %: test posts in their 90 % interval; workspace: of its last whole run")
    typer.echo("`dvc exp apply NAME` brings an experiment into the workspace")
    typer.echo(f"{EXAMPLE} makes another")


def _when(run: "Run") -> str:
    if run.state != "done":
        return run.state
    return "now" if run.when is None else run.when.strftime("%d %b %H:%M")


def _figures(models: dict[str, Any]) -> list[str]:
    """Of a population's best model; - where there are none."""
    best = models.get("best", {})
    scores = [figure(best.get(part, {}).get(name)) for _, part in PARTS for name in ("mae", "spearman")]
    held = best.get("test", {}).get("coverage")
    return [*scores, "-" if held is None else f"{100 * held:.1f}"]


def _changes(run: "Run", head: "Run") -> list[list[str]]:
    """Params and best models: what, in the run, at the commit."""
    from popularity.dag.experiments import differing

    found = [[name, _value(here), _value(there)] for name, (here, there) in differing(run, head).items()]
    for population, shown in POPULATIONS.items():
        here, there = (one.evaluated.get(population, {}).get("best", {}).get("model") for one in (run, head))
        if here and there and here != there:
            found.append([f"best of {shown}", here, there])
    return found


def _value(value: Any) -> str:
    if isinstance(value, list):
        return shortened(" ".join(map(str, value)) or "[]", VALUE)
    return "-" if value is None else shortened(str(value), VALUE)
