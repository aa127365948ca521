"""Labels are compared at the ages at which the champion's were read, and what is left out is said."""

from pathlib import Path

import numpy as np
import pytest

from popularity.monitoring.ages import Ages

NAN = float("nan")


def test_labels_of_another_age_are_not_comparable():
    ages = Ages.of(np.array([3.0, 3.0, 3.5, 4.0]))
    assert ages.comparable([0.1, 1.0, 3.0, 4.5, 30.0]).tolist() == [False, False, True, True, False]


def test_a_visit_that_comes_a_day_late_is_comparable():
    assert Ages.of(np.full(9, 3.0)).comparable([4.0]).tolist() == [True]


def test_one_post_read_years_late_makes_no_year_comparable():
    assert not Ages.of(np.array([*[3.0] * 999, 2000.0])).comparable([365.0])[0]


@pytest.mark.parametrize(
    ("training", "expected"),
    [([NAN, NAN], [True, False]), ([3.0, 3.0], [False, True]), ([NAN, 3.0], [True, True])],
    ids=["none dated", "all dated", "some"],
)
def test_labels_without_a_day_are_compared_with_one_another(training, expected):
    assert Ages.of(np.array(training)).comparable([NAN, 3.0]).tolist() == expected


def test_scores_asked_for_at_another_age_than_the_horizon_are_told_apart():
    ages = Ages.of(np.array([1000.0, 2000.0]), horizon=1500.0)
    assert ages.asked_alike([NAN, 1400.0, 2000.0, 700.0, 3.0]).tolist() == [True, True, True, False, False]
    assert Ages.of(np.array([NAN])).asked_alike([NAN, 3.0]).all()  # a champion that asks of no age


def test_what_is_left_out_is_said_in_days():
    ages = Ages.of(np.full(9, 3.0))
    assert ages.told([3.0, 4.0]) == ""
    assert ages.told([1.0, 1.5, 3.0, NAN]) == (
        "3 of 4 labels were read 1 to 1.5 days after posting, or on a day that nobody names, and those that the "
        "champion knows 3 days after posting: they are not compared."
    )


def test_it_comes_back_as_saved_and_an_older_bundle_compares_all(tmp_path: Path):
    ages = Ages.of(np.array([3.0, 4.0, NAN]))
    ages.save(tmp_path)
    assert Ages.load(tmp_path) == ages
    (tmp_path / "ages.json").unlink()
    assert Ages.load(tmp_path).comparable([0.0, 5000.0, NAN]).all()


def test_labels_are_moved_to_the_age_that_their_scores_are_of():
    ages = Ages.of(np.array([3.0, 300.0]), horizon=99.0, slope=0.5)
    label, read = np.array([5.0, 5.0, 5.0, 5.0]), np.array([9.0, 99.0, np.nan, 9.0])
    moved = ages.at_scored(label, read, np.array([np.nan, np.nan, 3.0, 9.0]))
    assert moved == pytest.approx([5 + 0.5 * np.log(10), 5.0, 5.0, 5.0])


def test_a_champion_that_asks_of_no_age_moves_no_label():
    label = np.array([5.0])
    assert Ages.of(np.array([3.0])).at_scored(label, np.array([900.0]), np.array([3.0])) == label
