"""No model predicts labels that were dealt out at random, unless something leaks.

The labels of the demo's train and test rows are permuted together, in the raw files, before `ingest`. Each model is
then scored on test rows and within each fold out-of-fold (pooling folds would show a constant per fold, which is
anti-correlated with its fold), and the mean rho over k permutations must lie within 3.5 / sqrt(k n) of 0, n being the
rows that it is over. A leak that all folds share shows best in their mean. That has a wider band: what a model learns
from fold a and finds in fold b is what another learns from b and finds in a, so each pair of folds counts twice and the
variance is twice that of independent rows (in 24 permutations of the image model its deviation was 1.53 / sqrt(n)).
The seeds were written down before the first run.

A single fold has a wider band, 4.5 / sqrt(k n): there are some thirty of them, and a leak of one fold alone is not what
they are there for. Boosted trees once lay at 4.0 in one of them, -.116 over the three permutations; twelve further ones
(seeds 5000 to 5011) gave -.006 there, and no fold's mean lay beyond 1.7.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from kit.project import DemoProject, set_param
from popularity import paths
from popularity.dataset.table import POPULATIONS, Dataset, read_dataset
from popularity.evaluation.metrics import spearman
from popularity.models.baselines import MeanOfUser
from popularity.models.evidence import evidence_of
from popularity.models.out_of_fold import fit_out_of_fold
from popularity.posts import read_table

pytestmark = pytest.mark.long

TABULAR_SEEDS = range(1000, 1020)
OTHER_SEEDS = range(2000, 2003)
BAND, BAND_OF_A_FOLD = 3.5, 4.5
TREES = 50
"""Of a forest: a leak shows in few trees as in many, and so does its absence."""
PAIRS = (("train_data.csv", "train_label.csv"), ("test_data.csv", "test_label.csv"))


class Rho(NamedTuple):
    """Rho on n rows; shared: how many times the variance of independent rows it has."""

    value: float
    n: int
    shared: float = 1.0


def permute_labels(raw: Path, seed: int) -> None:
    """Deal the labels of all rows out anew, train and test together."""
    files = [raw / label for _, label in PAIRS]
    tables = [pd.read_csv(file) for file in files]
    labels = np.random.default_rng(seed).permutation(np.concatenate([t["views"] for t in tables]))
    for file, table, part in zip(files, tables, np.split(labels, [len(tables[0])]), strict=True):
        table.assign(views=part).to_csv(file, index=False)


def scored(dataset: Dataset, population: str, prediction: pd.Series) -> dict[str, Rho]:
    """Rho of predictions (index pid) within each fold, in the mean of the folds, and on test rows."""
    rows = dataset.of(population)
    predicted = prediction.loc[rows.pid].to_numpy()
    found = {}
    for fold in np.unique(rows.fold[rows.train]):
        inside = rows.train & (rows.fold == fold)
        found[f"fold {fold}"] = Rho(spearman(rows.label[inside], predicted[inside]), int(inside.sum()))
    mean = float(np.mean([rho.value for rho in found.values()]))
    truth = read_table(paths.TEST_LABELS).set_index("pid")["label"]
    test = rows.split == "test"
    rho = spearman(truth.loc[rows.pid[test]].to_numpy(), predicted[test])
    return found | {"validation": Rho(mean, int(rows.train.sum()), 2.0), "test": Rho(rho, int(test.sum()))}


def rhos(models: tuple[str, ...]) -> dict[str, Rho]:
    """Every "population/model/rows" that the current project's files score."""
    dataset = read_dataset(paths.DATASET)
    found = {}
    for population in POPULATIONS:
        rows = dataset.of(population)
        for model in models:
            if model == "user_mean":
                fit = fit_out_of_fold(rows, evidence_of(dataset), MeanOfUser, name=model)
                prediction = pd.Series(fit.prediction, index=rows.pid)
            else:
                table = read_table(paths.predictions(model))
                table = table[table["population"] == population]
                if table.empty:
                    continue
                prediction = table.set_index("pid")["prediction"]
            each = scored(dataset, population, prediction)
            found |= {f"{population}/{model}/{part}": rho for part, rho in each.items()}
    return found


def outside_the_band(runs: list[dict[str, Rho]]) -> dict[str, tuple[float, float]]:
    """The mean rho and the band's edge of whatever lies outside it."""
    found = {}
    for key, rho in runs[0].items():
        mean = float(np.mean([run[key].value for run in runs]))
        edge = (BAND_OF_A_FOLD if "/fold " in key else BAND) * np.sqrt(rho.shared / (len(runs) * rho.n))
        print(f"{key}: mean rho {mean:+.4f}, band {edge:.4f}")
        if abs(mean) > edge:
            found[key] = (mean, edge)
    return found


def permuted(
    project: DemoProject, seeds: range, stages: tuple[str, ...], models: tuple[str, ...]
) -> list[dict[str, Rho]]:
    """Run ingest, dataset and the stages on each permutation."""
    set_param(project.folder, "train_rf.trees", TREES)
    truth = project.folder / "true"
    shutil.copytree(paths.raw("demo"), truth)
    runs = []
    for seed in seeds:
        for _, label in PAIRS:
            shutil.copy(truth / label, paths.raw("demo") / label)
        permute_labels(paths.raw("demo"), seed)
        project.run("ingest", "demo")
        for stage in ("dataset", *stages):
            project.run(stage)
        runs.append(rhos(models))
    return runs


def test_user_mean_and_forest_find_nothing_in_permuted_labels_but_a_naive_forest_does(demo_photos: DemoProject) -> None:
    runs = permuted(demo_photos, TABULAR_SEEDS, ("train_rf",), ("user_mean", "rf", "rf_naive"))
    outside = outside_the_band(runs)
    assert {key for key in outside if "/rf_naive/" not in key} == set()
    assert "all_posts/rf_naive/validation" in outside


def below(floors: dict[str, float], found: dict[str, Rho]) -> dict[str, Rho]:
    """What does not exceed its model's floor, in the mean of the folds or on test rows."""
    whole = {key: rho for key, rho in found.items() if "/fold " not in key}
    return {key: rho for key, rho in whole.items() if rho.value <= floors[key.split("/")[1]]}


def test_user_mean_and_forest_find_the_true_labels(demo_photos: DemoProject) -> None:
    for stage in ("dataset", "train_rf"):
        demo_photos.run(stage)
    assert below({"user_mean": 0.4, "rf": 0.4}, rhos(("user_mean", "rf"))) == {}


OTHERS = ("train_cnn", "train_image", "fuse", "train_boosted")
FLOORS = {"cnn": 0.4, "image": 0.15, "multimodal": 0.4, "boosted": 0.4}


def test_networks_and_boosted_trees_find_nothing_in_permuted_labels(demo_photos: DemoProject) -> None:
    runs = permuted(demo_photos, OTHER_SEEDS, OTHERS, tuple(FLOORS))
    assert outside_the_band(runs) == {}


def test_networks_and_boosted_trees_find_the_true_labels(demo_photos: DemoProject) -> None:
    for stage in ("dataset", *OTHERS):
        demo_photos.run(stage)
    assert below(FLOORS, rhos(tuple(FLOORS))) == {}
