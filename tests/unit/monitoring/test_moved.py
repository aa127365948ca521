"""What is told of a column whose mean tells little."""

import math
from dataclasses import replace
from typing import Any

import pytest

from popularity.monitoring.drift import Drift
from popularity.monitoring.moved import moved_most, shares, spreads_tell

NUMBER = Drift("groupcount", "wasserstein", 0.5, 0.2, True, 1300, 1.0, 1.1, 1.0, 2.0)
WEEKDAY = Drift(
    "weekday", "jensenshannon", 0.3, 0.2, True, 1300, 3.0, 3.9,
    reference_shares=(0.14, 0.14, 0.14, 0.14, 0.14, 0.14, 0.16),
    current_shares=(0.14, 0.07, 0.07, 0.14, 0.13, 0.31, 0.14),
)  # fmt: skip


def test_the_three_shares_that_moved_most_are_named_if_they_moved_half_as_much() -> None:
    assert moved_most(WEEKDAY) == [("Saturday", 0.14, 0.31)]
    even = replace(WEEKDAY, current_shares=(0.08, 0.06, 0.08, 0.08, 0.22, 0.24, 0.24))
    assert [name for name, _, _ in moved_most(even)] == ["Saturday", "Tuesday", "Friday"]
    assert len(shares(WEEKDAY)) == 7
    assert moved_most(NUMBER) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),  # the mean makes .1 of a distance of .5
        ({"current": 1.4}, False),
        ({"current": 1.0004, "value": 0.0004}, True),  # both print as 1.00
        ({"method": "mean_difference"}, False),
        ({"reference_std": math.nan}, False),  # of an older record
    ],
)
def test_spreads_are_told_where_means_are_not_what_moved(changes: dict[str, Any], told: bool) -> None:
    assert spreads_tell(replace(NUMBER, **changes)) is told


def test_a_category_has_no_spread() -> None:
    assert not spreads_tell(replace(WEEKDAY, current=3.0, reference_std=1.0))
