"""The distances are Evidently's, to the last digits."""

import numpy as np
import pandas as pd
import pytest

from popularity.monitoring.drift import run_evidently, values_of
from popularity.monitoring.statistics import distances


def night_and_reference(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A column a method, with holes; hours and weekdays have ties."""
    rng = np.random.default_rng(seed)

    def table(n: int, shift: float) -> pd.DataFrame:
        number = rng.gamma(2, 3, n) + shift
        return pd.DataFrame(
            {
                "titlelen": np.where(rng.random(n) < 0.1, np.nan, number.round(1)),
                "weekday": rng.choice(7, n, p=np.roll([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], int(shift))).astype(float),
                "haspeople": np.where(rng.random(n) < 0.9, np.nan, rng.integers(0, 2, n)),
                "alive": (rng.random(n) < 0.5 + shift / 10).astype(float),
                "unseen_tags": (rng.random(n) < 0.5 + shift / 10).astype(float),
                "unseen_words": (rng.random(n) < 0.5 - shift / 10).astype(float),
            }
        )

    return table(300, seed), table(900, 0)


METHODS = {
    "titlelen": "wasserstein", "weekday": "jensenshannon", "haspeople": "jensenshannon", "alive": "mean_difference",
    "unseen_tags": "mean_increase", "unseen_words": "mean_increase",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_distance_is_evidentlys(seed: int) -> None:
    current, reference = night_and_reference(seed)
    limits = {name: (method, 0.1) for name, method in METHODS.items()}
    theirs = values_of(run_evidently(current, reference, limits))
    assert set(theirs) == set(METHODS)
    for name, method in METHODS.items():
        here, there = (frame[name].dropna().to_numpy() for frame in (current, reference))
        mine = np.repeat([1, 0], [len(here), len(there)])
        ours = distances(method, np.concatenate([here, there]), 1 - mine, mine[None])
        assert ours == pytest.approx([theirs[name]], rel=1e-9, abs=1e-12), name


@pytest.mark.slow
def test_a_column_with_one_value_all_night_is_shown_too() -> None:
    current, reference = night_and_reference(0)
    limits = {name: (method, 0.1) for name, method in METHODS.items()}
    assert "titlelen" in values_of(run_evidently(current.assign(titlelen=5.0), reference, limits))


@pytest.mark.parametrize("method", ["wasserstein", "jensenshannon", "mean_difference", "mean_increase"])
def test_the_reference_itself_lies_at_distance_0_and_an_empty_batch_nowhere(method: str) -> None:
    values = np.array([1.0, 2.0, 2.0, 5.0])
    found = distances(method, values, np.ones(4, int), np.array([[1, 1, 1, 1], [2, 2, 2, 2], [0, 0, 0, 0]]))
    assert found[:2] == pytest.approx([0, 0], abs=1e-12)
    assert np.isnan(found[2])


def test_a_wasserstein_distance_by_hand() -> None:
    reference, batch = np.array([1, 1, 0]), np.array([[0, 0, 1]])  # 0 and 2 against 5
    assert distances("wasserstein", np.array([0.0, 2.0, 5.0]), reference, batch) == pytest.approx([4.0])


def test_only_an_increase_counts_where_the_method_says_so() -> None:
    values, reference = np.array([0.0, 1.0]), np.array([1, 1])
    batches = np.array([[1, 3], [3, 1]])
    assert distances("mean_increase", values, reference, batches) == pytest.approx([0.25, 0.0])
    assert distances("mean_difference", values, reference, batches) == pytest.approx([0.25, 0.25])
