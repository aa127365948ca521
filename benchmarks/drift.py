"""How often ordinary nights are called drift, and how often a changed one is: by the product, and by Evidently alone.

`python -m benchmarks.drift [SET_DIR ...]` takes the demo and each folder in the paper's layout (train_data.csv, ...).
The real stages run in a temporary project of each set; of the models, boosted trees of all posts alone. Nights are
drawn from posts that the champion never saw (see `drifting.sets`), NIGHTS a cell, by the seed below, written down
first; their drift is what `monitoring.drift.compare` finds. An ordinary night counts where any column drifts, a
changed one where a column does that says what changed (`Change.columns`); Evidently names no cause, and its changed
nights count where it calls drift at all. The table says which columns drifted, in how many changed nights any did, and
what the best test reaches: one that knows the column, and of all ordinary nights of 300 posts how far from the
reference its mean lies in 95 % of the random ones and 90 % of those by date. Beside ordinary nights stands how far off,
in the label's unit, the error is that is expected before labels come. A cell that a set cannot fill is null, and why
stands beside it.
It prints last {"false_alarms": {how: {posts: f}}, "power": {change: f}, "evidently": {the same}}, the worst over sets.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.drifting.evidently import Defaults, as_given
from benchmarks.drifting.nights import CHANGES, Change, as_they_are, changed_rows, night_of, rows_of
from benchmarks.drifting.sets import World, lay_out, open_world
from popularity.arrays import BoolArray, IntArray
from popularity.monitoring.described import Described
from popularity.monitoring.drift import compare
from popularity.monitoring.reference import PAST_ITSELF
from popularity.monitoring.thresholds import family_of

SEED = 20261130
NIGHTS = 200
SIZES = (100, 300, 1000)
HOWS = ("random", "by_date", "users")
CHANGED_POSTS = 300
OF_ORDINARY = {"random": 0.95, "by_date": 0.90}
"""So many ordinary nights must pass a test."""


@dataclass(frozen=True)
class Cell:
    """name: how nights were drawn and of how many posts, or what was done to them. None: why stands in told."""

    name: tuple[str, ...]
    product: float | None
    evidently: float | None
    told: str
    means: pd.DataFrame | None = None  # of each night's columns
    off: tuple[float, float] | None = None  # of the error expected of a night, and of that of tests; None: no labels


def main() -> None:
    cells: list[Cell] = []
    for source in [None, *map(Path, sys.argv[1:])]:
        with tempfile.TemporaryDirectory() as folder:
            name = "demo" if source is None else source.name
            lay_out(Path(folder), source)
            world = open_world(Path(folder), name)
            print(f"{name}: {len(world.known):,} training posts, {len(world.later):,} later ones", flush=True)
            for cell in cells_of(world):
                print(row(cell), flush=True)
                cells.append(cell)
    print(json.dumps(summary(cells)))


def cells_of(world: World) -> Iterator[Cell]:
    """All cells of a set, after that of all its later posts as they are."""
    as_is, defaults = as_they_are(world), Defaults(world)
    base = Seen(as_is.posts, as_is.described(world), as_given(as_is, world))
    whole = drifted(world, night_of(base.ours, base.posts, np.arange(len(base.posts))))
    yield Cell(("as they are",), float(bool(whole)), None, ", ".join(whole))
    ordinary = {(how, n): measure((how, str(n)), world, defaults, how, n, base) for how in HOWS for n in SIZES}
    for cell in ordinary.values():
        error = "error told off by {:.3f}, that of tests {:.3f}; ".format(*cell.off) if cell.off else ""
        yield replace(cell, told=f"{error}{cell.told}")
    passed = {how: cell.means for how in OF_ORDINARY if (cell := ordinary[how, CHANGED_POSTS]).means is not None}
    for name, change in CHANGES.items():
        made = change.make(as_is, world)
        if made is None:
            yield Cell((name,), None, None, "this set cannot show it")
            continue
        changed = Seen(made.posts, made.described(world), as_given(made, world))
        cell = measure((name,), world, defaults, "random", CHANGED_POSTS, base, change, changed)
        yield cell if cell.means is None else replace(cell, told=f"best {best(world, cell.means, passed)}; {cell.told}")


def errors_told(world: World, rows: IntArray) -> tuple[float, float] | None:
    """How far off the error is that is told of a night without labels, and that of the champion's tests."""
    error = np.abs(world.later["label"].to_numpy(np.float64)[rows] - world.prediction[rows])
    there = ~np.isnan(error)
    if not there.any():
        return None
    came = error[there].mean()
    return abs(float(world.expected[rows][there].mean() - came)), abs(float(world.own_mae - came))


def best(world: World, changed: pd.DataFrame, passed: Mapping[str, pd.DataFrame]) -> str:
    """Power and column of the best test of nights by how far their means lie from the reference's."""
    there = world.reference.rows.frame.mean()
    there[list(PAST_ITSELF)] = 0.0
    power = {}
    for column in map(str, changed):
        reach = [(one[column] - there[column]).abs().quantile(OF_ORDINARY[how]) for how, one in passed.items()]
        power[column] = float(((changed[column] - there[column]).abs() > max(reach)).mean())
    found = max(power, key=power.__getitem__)
    return f"{power[found]:.3f} by {found}"


@dataclass(frozen=True)
class Seen:
    """All later posts, as drift sees them, and as Evidently would be given them."""

    posts: pd.DataFrame
    ours: Described
    theirs: pd.DataFrame


def drifted(world: World, night: Described) -> list[str]:
    """The columns that the product finds to drift."""
    return [one.column for one in compare(night, world.reference, world.options) if one.drifted]


def measure(
    name: tuple[str, ...],
    world: World,
    defaults: Defaults,
    how: str,
    n: int,
    base: Seen,
    change: Change | None = None,
    changed: Seen | None = None,
) -> Cell:
    """The share of nights that each calls drift, and names what changed."""
    rng = np.random.default_rng([SEED, HOWS.index(how), n])
    ours, any_column, theirs, columns, means, off = 0, 0, 0, Counter[str](), [], []
    for _ in range(NIGHTS):
        rows = rows_of(world, how, n, rng)
        if rows is None:
            return Cell(name, None, None, "fewer posts than two nights")
        night, given = night_of(base.ours, base.posts, rows), base.theirs.iloc[rows]
        if change and changed:
            chosen = changed_rows(change, base.posts["has_photo"].to_numpy(bool)[rows], rng)
            if chosen is None:
                return Cell(name, None, None, "too few posts can change so")
            night = mixed(night, night_of(changed.ours, changed.posts, rows), chosen)
            given = chosen_from(given, changed.theirs.iloc[rows], chosen)
        found = drifted(world, night)
        columns.update(found)
        means.append(night.frame.mean())
        ours += any(change is None or family_of(one) in change.columns for one in found)
        any_column += bool(found)
        off += filter(None, [errors_told(world, rows)])
        theirs += defaults.drifts(given)
    told = ", ".join(f"{one} {k}" for one, k in columns.most_common(5))
    if change:
        told = f"any column {any_column / NIGHTS:.3f}; {told}"
    of_tests = np.mean(off, axis=0).tolist() if off else None
    return Cell(name, ours / NIGHTS, theirs / NIGHTS, told, pd.DataFrame(means), of_tests and tuple(of_tests))


def mixed(night: Described, changed: Described, chosen: BoolArray) -> Described:
    """The night with the chosen posts changed."""
    return Described(
        chosen_from(night.frame, changed.frame, chosen),
        np.where(chosen, changed.uid, night.uid),
        np.where(chosen, changed.stranger, night.stranger),
    )


def chosen_from(frame: pd.DataFrame, changed: pd.DataFrame, chosen: BoolArray) -> pd.DataFrame:
    """The table with the chosen rows from the other one, which has the same columns."""
    values = np.where(chosen[:, None], changed.to_numpy(np.float64), frame.to_numpy(np.float64))
    return pd.DataFrame(values, columns=frame.columns)


def row(cell: Cell) -> str:
    shown = [f"{'-' if share is None else f'{share:.3f}':>7}" for share in (cell.product, cell.evidently)]
    return f"  {' '.join(cell.name):16} {' '.join(shown)}  {cell.told}"


def summary(cells: list[Cell]) -> dict[str, object]:
    """The worst of the sets: the most false alarms, the least power."""

    def worst(name: tuple[str, ...], of: str, choose: Callable[[list[float]], float]) -> float | None:
        found = [share for cell in cells if cell.name == name and (share := getattr(cell, of)) is not None]
        return choose(found) if found else None

    def all_of(of: str) -> dict[str, object]:
        return {
            "false_alarms": {how: {str(n): worst((how, str(n)), of, max) for n in SIZES} for how in HOWS},
            "power": {name: worst((name,), of, min) for name in CHANGES},
        }

    return {**all_of("product"), "evidently": all_of("evidently")}


if __name__ == "__main__":
    main()
