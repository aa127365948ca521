"""Ids and dates that a program took for numbers and rounded: in such ids many users are one."""

import pandas as pd

from popularity.arrays import BoolArray

CURE = "export the file anew with this column as text"
IN_EXPONENT_FORM = f"an id in exponent form has lost its last digits: {CURE}"
BY_A_FLOAT = f"an id beyond 2^53 that ends in .0 was rounded: {CURE}"
IN_ZEROS = f"ids of 16 digits and more all end in zeros, as a spreadsheet or JavaScript rounds them: {CURE}"
TOO_COARSE = f"a date in exponent form whose digits do not reach the second: {CURE}"

EXACT = 2**53
"""From here on a float64 does not hold every whole number."""

KEPT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number, JavaScript up to 17; both write zeros for the rest."""

LEAST_ZEROS = 3
"""An id that nobody rounded ends in n zeros once in 10^n: fewer than these, over all different ids, say nothing."""


def in_exponent_form(text: "pd.Series[str]") -> BoolArray:
    """Which cells are numbers like 9.1E+17, or 9,1E+17, shape (n,)."""
    return text.str.fullmatch(r"\d+[.,]?\d*[eE][+-]?\d+").to_numpy(bool)


def by_a_float(text: "pd.Series[str]", digits: "pd.Series[str]") -> BoolArray:
    """Which ids were a float64 beyond EXACT, shape (n,). text: as written; digits: without `.0`, below 2^63."""
    beyond = digits.astype("int64").to_numpy() > EXACT
    return beyond & text.str.contains(".", regex=False).to_numpy(bool)


def in_zeros(digits: "pd.Series[str]") -> BoolArray:
    """Which ids were rounded to so many digits, shape (n,): all longer than KEPT_DIGITS, if all of these end in zeros.

    digits: without leading zeros.
    """
    long = (digits.str.len() > KEPT_DIGITS).to_numpy(bool)
    zeros = [len(one) - len(one.rstrip("0")) for one in digits[long].unique()]
    return long & (min(zeros, default=0) > 0 and sum(zeros) >= LEAST_ZEROS)


def too_coarse(text: "pd.Series[str]") -> BoolArray:
    """Which cells are numbers in exponent form with fewer digits than their whole part has, shape (n,)."""
    parts = text.str.extract(r"^[+-]?\d+[.,]?(?P<digits>\d*)[eE](?P<exponent>[+-]?\d{1,3})$")
    behind = parts["digits"].fillna("").str.len()
    return (pd.to_numeric(parts["exponent"]).fillna(0) > behind).to_numpy(bool)
