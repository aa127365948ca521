"""How often right labels of a real set are stopped, and broken ones pass.

`python -m benchmarks.labels [SET_DIR ...]` takes the demo and each folder in the paper's layout, as `benchmarks.drift`.
Nights of later posts are drawn as there, by the seed below, written down first; their labels, of ages that the
champion knows, are judged by the product as they are, RIGHT nights a cell, and with each kind of mistake, BROKEN
nights a cell. A night counts where its labels are stopped. It prints last {"refused": {how: {posts: share}}, "power":
{kind: {posts: share}}}, the worst over the sets. null: no set has posts for two such nights.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from benchmarks.drifting.nights import rows_of
from benchmarks.drifting.sets import World, lay_out, open_world
from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.monitoring.labels_guard import NewLabels, judge

SEED = 20261201
RIGHT, BROKEN = 200, 50
SIZES = (100, 300)
HOWS = ("random", "by_date", "users")

Break = Callable[[FloatArray, np.random.Generator], FloatArray]
"""Labels to what comes of them."""


def main() -> None:
    refused: dict[tuple[str, int], list[float]] = {}
    power: dict[tuple[str, int], list[float]] = {}
    for source in [None, *map(Path, sys.argv[1:])]:
        with tempfile.TemporaryDirectory() as folder:
            name = "demo" if source is None else source.name
            lay_out(Path(folder), source)
            world = open_world(Path(folder), name)
        print(f"{name}: {world.later['label'].notna().sum():,} later labels of ages that it knows", flush=True)
        for how in HOWS:
            for n in SIZES:
                note(refused, how, n, stopped(world, how, n, RIGHT))
        for kind, change in KINDS.items():
            for n in SIZES:
                note(power, kind, n, stopped(world, "random", n, BROKEN, change))
    print(json.dumps({"refused": worst(refused, HOWS, max), "power": worst(power, KINDS, min)}))


def note(cells: dict[tuple[str, int], list[float]], name: str, n: int, found: float | None) -> None:
    """Print a cell, and put it to those of the other sets."""
    print(f"  {name:28} {n:4} {'-' if found is None else f'{found:.3f}'}", flush=True)
    if found is not None:
        cells.setdefault((name, n), []).append(found)


def worst(
    cells: dict[tuple[str, int], list[float]], names: Iterable[str], choose: Callable[[list[float]], float]
) -> dict[str, dict[str, float | None]]:
    return {name: {str(n): choose(cells[name, n]) if (name, n) in cells else None for n in SIZES} for name in names}


def stopped(world: World, how: str, n: int, nights: int, change: Break | None = None) -> float | None:
    """The share of nights whose labels are stopped once they are changed; None where the set has no such nights."""
    rng = np.random.default_rng([SEED, HOWS.index(how), n])  # the same nights for each change
    uid = world.later["uid"].to_numpy(np.int64)
    label, age = (world.later[name].to_numpy(np.float64) for name in ("label", "age_days"))
    expected = world.known_labels.expected(uid, world.prediction, world.reference.users)
    found = []
    for number in range(nights):
        rows = rows_of(world, how, n, rng)
        if rows is None:
            return None
        rows = rows[~np.isnan(label[rows])]
        if len(rows):
            given = label[rows] if change is None else change(label[rows], np.random.default_rng([SEED, number]))
            new = NewLabels(uid[rows], given, expected[rows], age[rows])
            found.append(judge(new, world.known_labels, world.reference.users, SEED).answer == "stop")
    return float(np.mean(found)) if found else None


def counts(label: FloatArray) -> FloatArray:
    return np.asarray(np.exp2(label) - 1)


def labels(count: FloatArray) -> FloatArray:
    return np.asarray(np.log2(np.maximum(count, 0) + 1))


def permuted(label: FloatArray, chosen: BoolArray, rng: np.random.Generator) -> FloatArray:
    """The chosen ones dealt out among themselves."""
    places: IntArray = np.flatnonzero(chosen)
    found = label.copy()
    found[places] = label[rng.permutation(places)]
    return found


def of_a_third(change: Callable[[FloatArray], FloatArray]) -> Break:
    return lambda label, rng: np.where(rng.random(len(label)) < 1 / 3, change(label), label)


KINDS: dict[str, Break] = {
    "x 1000": lambda label, rng: labels(counts(label) * 1000),
    "in thousands": lambda label, rng: labels(counts(label) / 1000),
    "raw counts": lambda label, rng: counts(label),
    "natural logarithms": lambda label, rng: label * np.log(2),
    "permuted": lambda label, rng: rng.permutation(label),
    "shifted by a row": lambda label, rng: np.roll(label, 1),
    "a third x 1000": of_a_third(lambda label: labels(counts(label) * 1000)),
    "a third in thousands": of_a_third(lambda label: labels(counts(label) / 1000)),
    "a third natural logarithms": of_a_third(lambda label: label * np.log(2)),
    "half permuted": lambda label, rng: permuted(label, rng.random(len(label)) < 1 / 2, rng),
    "a third permuted": lambda label, rng: permuted(label, rng.random(len(label)) < 1 / 3, rng),
    "a third of the views": lambda label, rng: labels(counts(label) / 3),
    "a tenth of the views": lambda label, rng: labels(counts(label) / 10),
    "three times the views": lambda label, rng: labels(counts(label) * 3),
}


if __name__ == "__main__":
    main()
