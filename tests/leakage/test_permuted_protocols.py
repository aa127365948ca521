"""Under each protocol boosted trees find nothing in labels that were dealt out at random, in either population.

As test_permuted_labels, without files: rho within each fit's scored posts (pooling fits would show a constant of each),
and the mean over fits and permutations within 3.5 sqrt(2 / n) of 0, n being the posts that it is over: of two fits that
learn from each other's posts, what one finds the other finds, so the variance is up to twice that of independent rows.
The seeds were written down before the first run.
"""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from kit.users_posts import users_posts
from popularity.dataset.protocols import FORWARD, NEW_USERS, cuts
from popularity.dataset.table import POPULATIONS, Dataset
from popularity.evaluation.metrics import spearman
from popularity.models.boosted import Boosted
from popularity.models.evidence import evidence_of
from popularity.models.out_of_fold import predict_under
from popularity.settings import load_settings

pytestmark = pytest.mark.slow

SEEDS = range(3000, 3004)
BAND = 3.5
SETTINGS = load_settings()
OPTIONS = SETTINGS.train_boosted.model_copy(update={"trees": 40, "learning_rate": 0.1})
PROTOCOLS = SETTINGS.protocols.model_copy(update={"parts": 3})
WAYS = [(FORWARD, None), (FORWARD, 30.0), (NEW_USERS, None)]
"""A protocol, and after how many days a label counts."""


def rhos(posts: pd.DataFrame, population: str, protocol: str, waits_days: float | None) -> list[tuple[float, int]]:
    """Rho and number of the posts that each fit scored."""
    n, rng = len(posts), np.random.default_rng(9)
    rows = posts.assign(
        batch="b", split="train", group=posts["pid"], fold=np.arange(n) % 3, has_photo=np.arange(n) % 3 > 0,
        photo_shape=0.0, age_days=posts["age_days"].fillna(90.0),
    )  # fmt: skip
    dataset = Dataset(rows)
    of = dataset.of(population)
    embeddings = rng.normal(size=(int(rows["has_photo"].sum()), 8)).astype(np.float16)
    make = partial(
        Boosted, OPTIONS, SETTINGS.dataset, 1, photos=population == "posts_with_photo", waits_days=waits_days
    )
    evidence = evidence_of(dataset, embeddings)
    table = predict_under(protocol, of, evidence, make, PROTOCOLS, model="boosted", waits_days=waits_days)
    predicted = table.set_index("pid")["prediction"]
    scored = [rows.loc[cut.scored].set_index("pid") for cut in cuts(protocol, of, PROTOCOLS, waits_days=waits_days)]
    assert sum(map(len, scored)) == len(predicted) > n / 4
    return [(spearman(one["label"].to_numpy(), predicted.loc[one.index].to_numpy()), len(one)) for one in scored]


def mean_of(found: list[tuple[float, int]]) -> tuple[float, int]:
    """Their mean, each as often as it has posts, and how many these are."""
    rho, n = np.array(found).T
    return float(np.average(rho, weights=n)), int(n.sum())


@pytest.mark.parametrize(("protocol", "waits_days"), WAYS)
@pytest.mark.parametrize("population", POPULATIONS)
def test_permuted_labels_give_no_skill(population: str, protocol: str, waits_days: float | None) -> None:
    found = []
    for seed in SEEDS:
        posts = users_posts(seed=seed, ages=True)
        dealt = np.random.default_rng(seed).permutation(posts["label"])
        found += rhos(posts.assign(label=dealt), population, protocol, waits_days)
    rho, n = mean_of(found)
    assert abs(rho) < BAND * np.sqrt(2 / n)


@pytest.mark.parametrize(("protocol", "waits_days"), WAYS)
@pytest.mark.parametrize("population", POPULATIONS)
def test_true_labels_give_some(population: str, protocol: str, waits_days: float | None) -> None:
    rho, _ = mean_of(rhos(users_posts(seed=SEEDS[0], ages=True), population, protocol, waits_days))
    assert rho > 0.5
