"""The three figures agree with scipy and scikit-learn, and refuse what has no figure."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import mean_absolute_error, mean_squared_error

from popularity.arrays import FloatArray
from popularity.evaluation.metrics import Scores, factor, mae, mse, score, spearman


@pytest.fixture
def pair() -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(3)
    observed = random.normal(size=200)
    return observed, np.round(observed + random.normal(size=200), 1)  # rounded: with ties


def test_spearman_agrees_with_scipy(pair: tuple[FloatArray, FloatArray]) -> None:
    assert spearman(*pair) == pytest.approx(spearmanr(*pair).statistic, abs=1e-12)


def test_mae_agrees_with_scikit_learn(pair: tuple[FloatArray, FloatArray]) -> None:
    assert mae(*pair) == pytest.approx(mean_absolute_error(*pair))


def test_mse_agrees_with_scikit_learn(pair: tuple[FloatArray, FloatArray]) -> None:
    assert mse(*pair) == pytest.approx(mean_squared_error(*pair))


@pytest.mark.parametrize("swapped", [False, True])
def test_spearman_of_a_constant_is_zero(swapped: bool) -> None:
    constant, varied = np.full(5, 2.5), np.arange(5.0)
    assert (spearman(varied, constant) if swapped else spearman(constant, varied)) == 0.0


@pytest.mark.parametrize("metric", [spearman, mae, mse, score])
def test_lengths_that_differ_are_refused(metric) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="lengths differ"):
        metric(np.zeros(3), np.zeros(4))


@pytest.mark.parametrize("metric", [spearman, mae, mse, score])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(metric, value: float) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="not finite"):
        metric(np.array([1.0, 2.0]), np.array([1.0, value]))


def test_no_rows_have_no_figure() -> None:
    assert score(np.array([]), np.array([])) == Scores(None, None, None, None, 0)


def test_the_rho_of_a_constant_is_no_figure() -> None:
    assert score(np.array([1.0, 2.0]), np.array([3.0, 3.0])).spearman is None


def test_one_row_has_errors_and_no_rho() -> None:
    assert score(np.array([1.0]), np.array([3.0])) == Scores(None, 2.0, 4.0, 4.0, 1)


def test_half_of_the_posts_are_off_by_less_than_the_factor() -> None:
    observed = np.log2([8.0, 8.0, 8.0, 8.0, 8.0])
    predicted = np.log2([8.0, 4.0, 80.0, 24.0, 2.0])  # off by factors of 1, 2, 10, 3 and 4
    assert factor(observed, predicted) == pytest.approx(3.0)
