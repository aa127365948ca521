"""Reasons in words, and factors that lead from the average to the prediction."""

import numpy as np
import pandas as pd
import pytest

from popularity.registry.explained import WORDS, factors, in_words, share_below, told

POST = {"postdate": 1_395_787_053, "age_days": 3.0}  # a Tuesday, 22:37 UTC
WORTH = pd.Series({"tags": 0.5, "user": -2.0, "time": 1.0})


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("time", "posted on a Tuesday at 22, UTC"),
        ("age", "counted 3 days after posting"),
        *WORDS.items(),
    ],
)
def test_each_reason_has_words(reason: str, words: str) -> None:
    assert in_words(reason, POST) == words


def test_factors_multiply_to_what_the_sum_is_worth_the_strongest_first() -> None:
    found = factors(WORTH)
    assert found.index.tolist() == ["user", "time", "tags"]
    assert found.prod() == pytest.approx(2**-0.5)


def test_a_post_is_explained_in_a_line() -> None:
    assert told(WORTH, POST) == "the user: x 0.25; posted on a Tuesday at 22, UTC: x 2.00; tags: x 1.41"


def test_a_prediction_stands_among_the_users_own_posts() -> None:
    assert share_below(5.0, np.array([1.0, 4.0, 5.0, 9.0])) == 0.5
    assert share_below(5.0, np.array([])) is None
