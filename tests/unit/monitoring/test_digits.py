"""Numbers as sentences about nights tell them."""

import pytest

from popularity.monitoring.digits import percent, significant


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.500"), (0.04, "0.0400"), (-1.2345, "-1.23"), (9.996, "10.0"), (99.96, "100"), (1234.5, "1,230"),
        (0.0, "0.00"), (-2e-17, "0.00"), (1e300, "1e+300"), (float("inf"), "inf"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_three_digits_count_and_rounding_leaves_nothing(number: float, text: str) -> None:
    assert significant(number) == text


def test_a_difference_has_its_sign_and_none_has_none() -> None:
    assert [significant(number, sign="+") for number in (0.04, -0.04, 0.0)] == ["+0.0400", "-0.0400", "0.00"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.4739, "47.4 %"), (0.5, "50 %"), (1.0, "100 %"), (0.0, "0 %"), (0.00042, "0.042 %"), (12.0, "1,200 %")],
)
def test_a_share_is_told_as_short_as_it_is(share: float, text: str) -> None:
    assert percent(share) == text
