"""Groups of judged posts have the figures that a person computes by hand."""

import numpy as np
import pandas as pd
import pytest

from popularity.dataset.protocols import PAPER
from popularity.evaluation.best import Chosen
from popularity.evaluation.groups import FEWEST, by_hour, by_known, by_month, judge, judged_rows, tenths, worst

DAY, HOUR = 86_400, 3_600
NEW_YEAR = 1_420_070_400  # 2015-01-01T00:00:00Z


def rows(**columns: object) -> pd.DataFrame:
    """Judged rows by two users, in turn; what is not told is the same for all."""
    n = max(len(column) for column in columns.values() if isinstance(column, list))  # type: ignore[arg-type]
    given = {"known": 7, "postdate": NEW_YEAR, "observed": 5.0, "predicted": 5.0, "half_width": 1.0} | columns
    return pd.DataFrame(given, index=range(n)).assign(uid=np.arange(n) % 2)


def test_a_tenth_tells_what_its_posts_were_predicted_and_what_they_got() -> None:
    found = tenths(rows(predicted=[float(value) for value in range(20, 0, -1)], observed=[3.0, 7.0] * 10), seed=1)
    assert [group.n for group in found] == [2] * 10
    lowest, *_, highest = found  # predicted 2 and 1, then 20 and 19
    assert (lowest.name, lowest.predicted, lowest.observed, lowest.residual, lowest.mae) == ("1", 1.5, 5.0, 3.5, 3.5)
    assert (highest.name, highest.predicted, highest.observed, highest.residual) == ("10", 19.5, 5.0, -14.5)


def test_the_interval_of_a_tenth_is_over_whole_users() -> None:
    residuals = [1.0, 3.0] * 10  # 1 of every post by the one user, 3 of every one by the other
    (group,) = by_known(rows(observed=[5 + value for value in residuals]), seed=1)
    assert group.interval == (1.0, 3.0)
    (alone,) = by_known(rows(observed=[5 + value for value in residuals]).assign(uid=1), seed=1)
    assert alone.interval is None


def test_fewer_posts_than_tenths_stand_by_themselves() -> None:
    assert [group.predicted for group in tenths(rows(predicted=[3.0, 1.0, 2.0]), seed=1)] == [1.0, 2.0, 3.0]


def test_users_of_a_size_have_their_error_their_width_and_what_it_holds() -> None:
    told = rows(
        known=[0, 4, 1, 1, 19, 20, 5, 300],
        observed=[8.0, 7.0, 5.5, 4.0, 5.0, 5.0, 6.5, 5.2],
        half_width=[4.0, 2.0, 2.0, 0.5, 1.0, 0.5, 1.0, 0.5],
    )
    found = by_known(told, seed=1)
    assert [(group.name, group.n) for group in found] == [("none", 1), ("1 to 4", 3), ("5 to 19", 2), ("20 or more", 2)]
    assert [group.mae for group in found] == pytest.approx([3.0, 3.5 / 3, 0.75, 0.1])
    assert [group.half_width for group in found] == pytest.approx([4.0, 1.5, 1.0, 0.5])
    assert [group.inside for group in found] == pytest.approx([1.0, 2 / 3, 0.5, 1.0])


def test_a_group_without_posts_is_left_out_and_one_without_intervals_has_no_share() -> None:
    (group,) = by_known(rows(known=[2, 3], half_width=[1.0, np.nan]), seed=1)
    assert (group.name, group.half_width, group.inside) == ("1 to 4", None, None)


def test_an_hour_tells_the_mean_residual_of_its_posts_of_all_days() -> None:
    seconds = [0, 7 * HOUR, 7 * HOUR + 3_599, DAY + 7 * HOUR, 23 * HOUR]
    found = by_hour(rows(postdate=[NEW_YEAR + one for one in seconds], observed=[5.0, 6.0, 7.0, 5.5, 4.0]), seed=1)
    assert found is not None
    assert [(group.name, group.n, group.residual) for group in found] == [
        ("0", 1, 0.0),
        ("7", 3, 3.5 / 3),
        ("23", 1, -1.0),
    ]


@pytest.mark.parametrize("second", [0, 16 * HOUR])
def test_where_dates_name_only_a_day_there_is_no_hour(second: int) -> None:
    """By midnight, or by one and the same hour of another time zone."""
    assert by_hour(rows(postdate=[NEW_YEAR + day * DAY + second for day in range(5)]), seed=1) is None


def test_a_month_is_that_of_the_date_in_utc() -> None:
    found = by_month(rows(postdate=[NEW_YEAR - 1, NEW_YEAR, NEW_YEAR + 30 * DAY]), seed=1)
    assert [(group.name, group.n) for group in found] == [("2014-12", 1), ("2015-01", 2)]


def test_the_worst_group_has_the_largest_error_of_those_that_are_large_enough() -> None:
    sizes = [FEWEST - 1, FEWEST, FEWEST]
    place = np.repeat([0, 1, 2], sizes)
    told = rows(postdate=(NEW_YEAR + place * HOUR).tolist(), observed=(5 + np.array([9.0, -2.0, 1.0])[place]).tolist())
    found = by_hour(told, seed=1)
    assert found is not None
    chosen = worst(found)
    assert chosen is not None
    assert (chosen.name, chosen.mae) == ("1", 2.0)
    assert worst(found[:1]) is None


def scored(n: int, test: int) -> pd.DataFrame:
    """A scored table of which the last rows are test rows; rf errs by 1 on these, by .5 on the others."""
    of_test = np.arange(n) >= n - test
    table = rows(observed=[6.0] * n).drop(columns=["predicted", "half_width"])
    table = table.assign(split=np.where(of_test, "test", "validation"), fit=np.where(of_test, -1, np.arange(n) % 5))
    return table.assign(user_mean=4.0, rf=table["observed"] - np.where(of_test, 1.0, 0.5))


def test_the_users_mean_and_the_best_model_are_judged_on_test_rows_where_there_are_any() -> None:
    tables = {(PAPER, "all_posts"): scored(100, test=20), (PAPER, "posts_with_photo"): scored(100, test=0)}
    best = {population: Chosen("rf", PAPER) for _, population in tables}
    found = judge(tables, best, seed=1)
    assert [list(models) for models in found.values()] == [["user_mean", "rf"]] * 2
    ((on_test,), (on_training,)) = (found[population]["rf"].sizes for population in best)
    assert (on_test.n, on_test.mae) == (20, 1.0)
    assert (on_training.n, on_training.mae) == (100, 0.5)
    assert found["all_posts"]["user_mean"].sizes[0].mae == 2.0


def test_judged_rows_have_the_interval_of_their_model() -> None:
    tables = {(PAPER, "all_posts"): scored(100, test=20)}
    told = judged_rows(tables, "all_posts", "rf", "test")
    assert told["predicted"].tolist() == [5.0] * 20
    assert told["half_width"].tolist() == [0.5] * 20  # of the training posts' errors
