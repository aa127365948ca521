"""Rows set aside as findings: the share is one of all rows read."""

import pandas as pd

from popularity.checks.set_aside import set_aside
from popularity.sources.rows import REJECTED_COLUMNS


def rejected(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=REJECTED_COLUMNS)


def test_up_to_the_share_of_the_rows_read_they_pass() -> None:
    one = rejected(("posts.csv", 2, "7", "uid", "not a whole number", "x"))
    (finding,) = set_aside(one, rows_read=100, max_share=0.01)
    assert finding.passed
    assert not set_aside(one, rows_read=99, max_share=0.01)[0].passed


def test_each_column_and_reason_is_a_finding_and_the_commonest_comes_first() -> None:
    rows = [("posts.csv", n, f"{n}", "postdate", "not a date", "soon") for n in range(2, 9)]
    odd = ("posts.csv", 9, "images/9.jpg", "pid", "not a whole number", "images/9.jpg")
    dates, ids = set_aside(rejected(odd, *rows), rows_read=100, max_share=0.01)
    assert (dates.column, dates.severity, dates.count, dates.pids) == ("postdate", "critical", 7, (2, 3, 4, 5, 6))
    assert dates.reason == "the first is posts.csv, row 2: 'soon'"
    assert dates.told == "postdate: not a date, in 7 of 100 rows; 1 % may be set aside"
    assert (ids.column, ids.count, ids.pids) == ("pid", 1, ())
