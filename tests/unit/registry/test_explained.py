"""Reasons in words, and factors that lead from the average to the prediction."""

import pandas as pd
import pytest

from popularity.models.subjects import AGE, SEASON_OF_ALL, SUBJECTS, TEXT, TIME
from popularity.registry.explained import WORDS, factors, in_words, told

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


@pytest.mark.parametrize("subject", sorted({*SUBJECTS.values(), SEASON_OF_ALL, TEXT} - {AGE, TIME}))
def test_whatever_a_model_reads_has_words(subject: str) -> None:
    assert in_words(subject, POST)
