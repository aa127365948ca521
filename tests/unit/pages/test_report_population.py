"""What a population's section says of its models follows from their figures."""

from dataclasses import replace

from popularity.evaluation.figures import Difference, Figures
from popularity.pages.report_population import closer, held, modality_bars

MEAN = Figures(0.5, 1.0, 2.0, 1.5, 40, 0.0, None, 2.0, None, None, (0.9, 1.1), None)


def model(low: float, high: float) -> Figures:
    middle = (low + high) / 2
    return replace(MEAN, mae=1 + middle, factor=1.4, mae_difference=Difference(middle, low, high))


def test_only_what_is_more_than_chance_is_bold_and_never_what_saw_the_labels() -> None:
    assert closer("rf", model(-0.3, -0.1))
    assert not closer("rf", model(-0.3, 0.1))
    assert not closer("rf", model(0.1, 0.3))
    assert not closer("rf_naive", model(-0.3, -0.1))
    assert not closer("user_mean", MEAN)


def test_what_the_intervals_hold_is_told_where_there_are_any() -> None:
    assert held(model(-0.3, -0.1)) == "half of the posts are off by less than a factor of 1.4."
    sure = replace(model(-0.3, -0.1), coverage=0.8983)
    assert held(sure).endswith("Its 90 % intervals hold 89.8 % of the posts.")
    assert held(replace(sure, coverage_new_users=1.0)).endswith("of the posts, of those by new users 100.0 %.")


def test_bars_are_held_against_the_largest_and_none_is_drawn_below_zero() -> None:
    assert modality_bars({"social": 0.5, "content": 0.125, "time": -0.25}) == [
        ("social", 0.5, 100.0),
        ("content", 0.125, 25.0),
        ("time", -0.25, 0.0),
    ]
    assert modality_bars({"social": 0.0, "time": -0.25}) == [("social", 0.0, 0.0), ("time", -0.25, 0.0)]
