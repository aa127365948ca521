"""A mark lies where its group's figures are, and its line as far as its interval."""

import numpy as np
import pytest

from popularity.evaluation.groups import Group, Judged
from popularity.pages.charts import BOTTOM, LEFT, RIGHT, TOP
from popularity.pages.report_charts import calibration, residual_by_hour, shares_inside


def group(
    name: str, predicted: float, observed: float, *, around: float | None = 0.5, inside: float | None = 0.9
) -> Group:
    residual = observed - predicted
    interval = None if around is None else (residual - around, residual + around)
    return Group(name, 20, predicted, observed, abs(residual), residual, interval, 1.0, inside)


TENTHS = [group("1", 2.0, 4.0), group("2", 6.0, 6.0, around=None)]
HOURS = [group("0", 5.0, 5.0), group("23", 5.0, 6.0)]


def test_a_tenth_that_is_right_on_average_lies_on_the_line_and_one_that_got_more_above_it() -> None:
    (panel,) = calibration({"rf": Judged(TENTHS, [], None, [])})
    more, right = panel.marks
    assert (right.x, right.y) == pytest.approx((panel.x.pixels(np.array(6.0)), panel.y.pixels(np.array(6.0))))
    assert right.low == right.y == right.high
    assert more.high < more.y < more.low  # up the page
    assert more.low - more.y == pytest.approx(more.y - more.high)
    assert panel.line == f"M{LEFT:.1f} {BOTTOM:.1f}L{RIGHT:.1f} {TOP:.1f}"
    assert (panel.x.low, panel.x.high) == (panel.y.low, panel.y.high)


def test_models_share_one_scale() -> None:
    far = [group("1", 0.0, 20.0)]
    near, other = calibration({"rf": Judged(TENTHS, [], None, []), "cnn": Judged(far, [], None, [])})
    assert (near.x, near.y) == (other.x, other.y)


def test_hours_lie_from_midnight_to_midnight_and_an_hour_without_residual_on_the_line() -> None:
    (panel,) = residual_by_hour({"rf": Judged([], [], HOURS, [])})
    first, last = panel.marks
    hour = (RIGHT - LEFT) / 24
    assert (first.x, last.x) == pytest.approx((LEFT + hour / 2, RIGHT - hour / 2))
    assert panel.line == f"M{LEFT} {first.y:.1f}H{RIGHT}"
    assert last.y < first.y


def test_without_hours_there_is_no_panel() -> None:
    assert residual_by_hour({"rf": Judged(TENTHS, [], None, [])}) == []


def test_shares_stand_side_by_side_against_what_intervals_are_to_hold() -> None:
    panel = shares_inside(
        [group("a", 1, 1, inside=0.0), group("b", 1, 1, inside=1.0), group("c", 1, 1)], ["a", "b", "c"]
    )
    assert panel is not None
    assert [mark.y for mark in panel.marks] == pytest.approx([BOTTOM, TOP, BOTTOM + 0.9 * (TOP - BOTTOM)])
    assert panel.line == f"M{LEFT} {panel.marks[2].y:.1f}H{RIGHT}"
    assert [at for at, _ in panel.x.ticks] == pytest.approx([mark.x for mark in panel.marks])
    assert shares_inside([group("a", 1, 1, inside=None)], ["a"]) is None
