"""A later post is compared as what it lies from its user's own past."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.monitoring.past import Past

UID = np.array([1, 1, 2])
PAST = Past.of(pd.DataFrame({"titlelen": [10.0, 20.0, 50.0], "hour": [23.0, 1.0, 6.0], "weekday": [0.0, 1, 2]}), UID)


def over(column: str, values: list[float], uid: list[int]) -> list[float]:
    levels = pd.DataFrame({"titlelen": np.nan, "hour": np.nan, column: values}, index=range(5, 5 + len(uid)))
    return PAST.over(levels, np.array(uid))[column].tolist()


def test_a_number_lies_from_the_users_mean_and_a_strangers_from_that_of_all_users() -> None:
    assert over("titlelen", [18.0, 18.0, 18.0], [1, 2, 3]) == [3.0, -32.0, 18 - 32.5]


def test_hours_lie_around_the_usual_one_across_midnight() -> None:
    assert over("hour", [22.0, 3.0, 20.0], [1, 1, 2]) == pytest.approx([-2.0, 3.0, -10.0])


def test_other_columns_stay_as_they_are_and_the_table_keeps_its_own() -> None:
    levels = pd.DataFrame({"weekday": [4.0], "haspeople": [1.0]})
    pd.testing.assert_frame_equal(PAST.over(levels, np.array([1])), levels)


def test_a_user_without_a_value_so_far_is_as_all_users_there() -> None:
    past = Past.of(pd.DataFrame({"deslen": [np.nan, 4.0]}), np.array([1, 2]))
    assert past.over(pd.DataFrame({"deslen": [6.0]}), np.array([1]))["deslen"].tolist() == [2.0]


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    PAST.save(tmp_path)
    pd.testing.assert_frame_equal(Past.load(tmp_path).means, PAST.means, check_names=False)
