"""Numbers as messages print them."""

import pytest

from popularity.printing import decimal


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.2, "0.20"), (-1.234, "-1.23"), (123456.0, "123456.00"), (1e300, "1e+300"), (-7.654e9, "-7.65e+09")],
)
def test_a_number_has_two_decimals_and_is_short_whatever_it_is(number: float, text: str) -> None:
    assert decimal(number) == text
