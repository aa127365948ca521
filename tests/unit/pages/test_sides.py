"""What stands before and now of a column."""

from dataclasses import replace
from math import nan
from typing import Any

import pytest

from kit.nights import QUIET
from popularity.monitoring.drift import Drift
from popularity.pages.sides import all_shares, sides

TITLELEN, AVGVIEW, WEEKDAY, ALIVE, UNSEEN_USERS, _ = QUIET
OLD: dict[str, Any] = {
    "reference_std": nan,
    "current_std": nan,
    "past": None,
    "reference_shares": (),
    "current_shares": (),
}


@pytest.mark.parametrize(
    ("one", "before", "now"),
    [
        (replace(TITLELEN, value=0.01), ["+0.0120"], ["+0.0210"]),
        (TITLELEN, ["+0.0120", "spread 1.02"], ["+0.0210", "spread 1.07"]),
        (ALIVE, ["50.2 %", "of the same users’ earlier posts"], ["51.3 %"]),
        (UNSEEN_USERS, ["0 %"], ["2.67 %"]),
        (replace(UNSEEN_USERS, column="unseen_tags"), ["0 points"], ["+2.67 points"]),
        (
            WEEKDAY,
            ["Monday 14.1 %", "Saturday 14.1 %", "Sunday 14.4 %"],
            ["Monday 15.2 %", "Saturday 13.1 %", "Sunday 15 %"],
        ),
    ],
)  # fmt: skip
def test_each_column_is_told_by_what_it_is(one: Drift, before: list[str], now: list[str]) -> None:
    found = sides(one)
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in found.before] == before
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in found.now] == now


def test_an_older_record_shows_its_means_and_no_mean_of_weekdays() -> None:
    avgview, weekday, alive = (replace(one, **OLD) for one in (AVGVIEW, WEEKDAY, ALIVE))
    assert sides(avgview).now == ("+0.0412",)
    assert sides(weekday).now == ("\N{EN DASH}",)
    assert sides(alive).before == ("0\N{NO-BREAK SPACE}points",)
    assert all_shares([avgview, weekday, alive]) == []


def test_all_weekdays_are_told_and_the_longest_bar_is_the_largest_share() -> None:
    (weekday,) = all_shares(QUIET)
    assert [name for name, _, _ in weekday.rows][-2:] == ["Saturday", "Sunday"]
    assert weekday.largest == 0.152
