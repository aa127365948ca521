"""Figures are of the rows that they name, intervals of their model, and what cannot be is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from popularity.errors import UserError
from popularity.evaluation.figures import Difference, Figures, figures_of, refuse_impossible


def rows(users: int = 40, each: int = 6) -> pd.DataFrame:
    """A scored table: the model `rf` errs less than the user's mean, `cnn` by chance alone more or less."""
    random, n = np.random.default_rng(5), users * each
    observed = random.normal(6, 2, n)
    error = random.normal(0, 1, n)
    return pd.DataFrame(
        {
            "uid": np.repeat(np.arange(users), each),
            "known": np.repeat(np.arange(users), each),
            "fit": 0,
            "observed": observed,
            "user_mean": observed + error,
            "rf": observed + 0.5 * error + 0.1,
            "cnn": observed - error,
        }
    )


MODELS = ["user_mean", "rf", "cnn"]


def test_each_figure_is_of_its_rows() -> None:
    table = rows()
    found = figures_of(table, MODELS, 1)["rf"]
    error = (table["rf"] - table["observed"]).abs()
    assert found.bias == pytest.approx((table["rf"] - table["observed"]).mean())
    assert found.mae == pytest.approx(error.mean())
    assert found.mae_new_users == pytest.approx(error[table["known"] == 0].mean())
    assert found.mae_few_posts == pytest.approx(error[table["known"] < 5].mean())
    assert found.mae_top_tenth == pytest.approx(error[table["observed"].nlargest(24).index].mean())
    assert found.n == 240


def test_a_surely_better_model_is_told_from_one_that_differs_by_chance() -> None:
    found = figures_of(rows(), MODELS, 1)
    better, same = found["rf"].mae_difference, found["cnn"].mae_difference
    assert better is not None
    assert same is not None
    assert better.mae == pytest.approx(found["rf"].mae - found["user_mean"].mae)
    assert better.low < better.mae < better.high < 0
    assert same.low <= 0 <= same.high


def test_the_interval_is_of_the_models_own_error_and_the_users_mean_has_no_difference() -> None:
    found = figures_of(rows(), MODELS, 1)
    for figures in found.values():
        low, high = figures.mae_interval
        assert low < figures.mae < high
    assert found["user_mean"].mae_difference is None


def test_of_one_user_there_is_no_interval() -> None:
    found = figures_of(rows(users=1), MODELS, 1)["rf"]
    assert (found.mae_interval, found.mae_difference) == (None, None)
    assert found.mae is not None


def test_without_such_rows_a_figure_is_none_and_without_any_row_all_are() -> None:
    table = rows()
    found = figures_of(table.assign(known=7), MODELS, 1)["rf"]
    assert (found.mae_new_users, found.mae_few_posts) == (None, None)
    nothing = figures_of(table[:0], MODELS, 1)["rf"]
    assert nothing == Figures(*[None] * 4, 0, *[None] * 7)


POSSIBLE = Figures(0.5, 1.0, 1.0, 1.2, 9, 0.0, 0.1, 1.0, None, None, (0.9, 1.1), Difference(0.1, 0.0, 0.2))


def test_an_error_that_is_the_same_on_every_row_is_possible() -> None:
    refuse_impossible("rf", POSSIBLE)
    refuse_impossible("rf", replace(POSSIBLE, mae=0.1, mse=0.1**2 * (1 - 1e-12)))


@pytest.mark.parametrize("wrong", [{"mse": 0.99}, {"bias": np.nan}, {"mae_top_tenth": np.inf}])
def test_a_figure_that_cannot_be_is_refused_with_the_models_name(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match=f"^rf: .*{next(iter(wrong))} .* of 9 posts cannot be"):
        refuse_impossible("rf", replace(POSSIBLE, **wrong))


def test_what_says_one_thing_in_each_fit_has_no_rho_and_one_thing_of_each_user_none_within_users() -> None:
    table = rows().assign(fit=lambda one: one["uid"] % 2 + 2 * (np.arange(len(one)) % 2))
    levels = table.assign(user_mean=table["fit"].astype(float), cnn=table["uid"] + table["fit"] / 10)
    found = figures_of(levels, MODELS, 1)
    assert found["user_mean"].spearman is None
    assert found["user_mean"].rho_within is None
    assert found["cnn"].spearman is not None
    assert found["cnn"].rho_within is None
    assert found["rf"].rho_within == pytest.approx(figures_of(rows(), MODELS, 1)["rf"].rho_within)
