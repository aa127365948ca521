"""An axis has ticks that a person would choose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popularity.pages.charts import number_axis, round_numbers


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 10.0, [0, 2.5, 5, 7.5, 10]),
        (-1.3, 16.2, [0, 5, 10, 15]),
        (-4.1, 3.9, [-4, -2, 0, 2]),
        (0.011, 0.019, [0.012, 0.014, 0.016, 0.018]),
        (1200.0, 9100.0, [2000, 4000, 6000, 8000]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert round_numbers(low, high) == pytest.approx(expected)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_two_to_five_ticks_lie_within_and_evenly(low: float, width: float) -> None:
    marks = round_numbers(low, low + width)
    assert 2 <= len(marks) <= 5
    assert low <= marks[0] + 1e-9 * width
    assert marks[-1] <= low + width + 1e-9 * width
    assert np.ptp(np.diff(marks)) < 1e-6 * width + 1e-9


def test_labels_are_short_and_have_a_true_minus() -> None:
    axis = number_axis(np.array([-0.3, 0.1]), 0.0, 100.0)
    assert [label for _, label in axis.ticks] == ["\N{MINUS SIGN}0.3", "\N{MINUS SIGN}0.15", "0"]
