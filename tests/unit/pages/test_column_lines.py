"""Columns beside their limits over batches."""

from dataclasses import replace

import pytest

from kit.nights import ORDINARY
from popularity.monitoring.drift import Drift
from popularity.monitoring.history import Night
from popularity.pages.column_lines import SCALE, column_lines
from popularity.pages.sparks import BATCHES, MARGIN, WIDTH

TITLES = Drift("titlelen", "wasserstein", 0.05, 0.2, False, 300, 21.0, 22.0)
USERS = Drift("unseen_users", "mean_difference", 0.5, 0.25, True, 300, 0.0, 0.5)


def night(*drift: Drift) -> Night:
    return Night(ORDINARY, drift, None)


def test_the_nearest_to_its_limit_comes_first_with_how_often_it_reached_it() -> None:
    quiet, loud = replace(USERS, value=0.1, drifted=False), USERS
    first, second = column_lines([night(TITLES, quiet), night(), night(TITLES, loud)])
    assert (first.latest, first.ratio, first.reached, first.compared) == (loud, 2.0, 1, 2)
    assert (second.latest.column, second.ratio, second.reached) == ("titlelen", pytest.approx(0.25), 0)


def test_a_line_has_its_last_batch_at_the_right_and_twice_the_limit_at_the_top() -> None:
    (line,) = column_lines([night(TITLES), night(replace(TITLES, value=0.4)), night(replace(TITLES, value=7.0))])
    assert line.line.dot == (WIDTH - MARGIN, MARGIN)
    assert line.line.path.count(f" {MARGIN:.1f}") == 2
    assert line.ratio == 35


def test_a_column_that_the_last_batch_lacks_has_no_dot() -> None:
    lines = {one.latest.column: one for one in column_lines([night(TITLES, USERS), night(TITLES)])}
    assert lines["unseen_users"].line.dot is None
    assert lines["unseen_users"].compared == 1
    assert lines["titlelen"].line.dot is not None


def test_batches_that_were_not_compared_take_no_place_and_older_ones_than_a_month_none_either() -> None:
    refused = Night(ORDINARY, (), None)
    (line,) = column_lines([night(USERS), *[night(TITLES)] * BATCHES, refused])
    assert (line.latest.column, line.compared) == ("titlelen", BATCHES)
    assert column_lines([refused]) == []
    assert SCALE.pixel(1.0) == pytest.approx((SCALE.pixel(0.0) + SCALE.pixel(2.0)) / 2)
