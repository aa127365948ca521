"""What the report says of a model follows from the interval of its difference to the user's mean."""

from dataclasses import replace

import pytest

from popularity.evaluation.best import Chosen
from popularity.evaluation.figures import Difference, Figures
from popularity.pages.report import closer, verdict

MEAN = Figures(0.5, 1.0, 2.0, 1.5, 40, 0.0, None, 2.0, None, None, (0.9, 1.1), None)
NONE = Figures(*[None] * 4, 0, *[None] * 7)


def model(low: float, high: float) -> Figures:
    middle = (low + high) / 2
    return replace(MEAN, mae=1 + middle, factor=1.4, mae_difference=Difference(middle, low, high))


def said(found: Figures, *, test: bool = True) -> str:
    splits = {
        name: {"validation": one, "test": one if test else NONE} for name, one in (("user_mean", MEAN), ("rf", found))
    }
    return verdict("all_posts", splits, Chosen("rf", "forward"))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.3, -0.1, "comes closer than the user's mean: MAE 0.800 against 1.000"),
        (-0.3, 0.1, "is no different from the user's mean: MAE 0.900 against 1.000"),
        (0.1, 0.3, "is worse than the user's mean: MAE 1.200 against 1.000"),
    ],
)
def test_the_verdict_is_that_of_the_interval(low: float, high: float, expected: str) -> None:
    assert f"On 40 test rows of all posts, Random forest {expected}" in said(model(low, high))


def test_the_verdict_shows_the_difference_and_its_interval() -> None:
    assert "a difference of −0.200 (95 %: −0.300 to −0.100). Half of the posts are off by less" in said(
        model(-0.3, -0.1)
    )


def test_the_verdict_says_what_the_intervals_hold() -> None:
    assert "intervals" not in said(model(-0.3, -0.1))
    sure = replace(model(-0.3, -0.1), coverage=0.8983)
    assert said(sure).endswith("Its 90 % intervals hold 89.8 % of the posts.")
    assert said(replace(sure, coverage_new_users=1.0)).endswith("of the posts, of those by new users 100.0 %.")


def test_without_test_rows_the_verdict_is_of_validation() -> None:
    assert said(model(-0.3, -0.1), test=False).startswith("On 40 validation rows")


def test_of_one_user_the_verdict_claims_nothing() -> None:
    text = said(replace(MEAN, mae=0.5, mae_interval=None))
    assert "posts of one user do not tell what chance makes of that" in text
    assert "closer" not in text


def test_only_what_is_more_than_chance_is_bold_and_never_what_saw_the_labels() -> None:
    assert closer("rf", model(-0.3, -0.1))
    assert not closer("rf", model(-0.3, 0.1))
    assert not closer("rf", model(0.1, 0.3))
    assert not closer("rf_naive", model(-0.3, -0.1))
    assert not closer("user_mean", MEAN)
