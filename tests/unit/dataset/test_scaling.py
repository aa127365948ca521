import numpy as np

from popularity.dataset.scaling import standardise_out_of_fold

TRAIN = np.array([True] * 6 + [False] * 2)
FOLD = np.array([0, 0, 0, 1, 1, 1, -1, -1])
VALUES = np.array([1.0, 2.0, 3.0, 11.0, 12.0, 13.0, 7.0, 8.0])


def test_each_fold_of_training_rows_is_centred_and_scaled_by_itself():
    scaled, *_ = standardise_out_of_fold(VALUES, FOLD, TRAIN)
    spread = np.sqrt(1.5)
    np.testing.assert_allclose(scaled[:6], [-spread, 0, spread] * 2)


def test_other_rows_take_the_mean_and_deviation_of_all_training_rows():
    scaled, mean, deviation = standardise_out_of_fold(VALUES, FOLD, TRAIN)
    assert (mean, deviation) == (VALUES[:6].mean(), VALUES[:6].std())
    np.testing.assert_allclose(scaled[6:], (VALUES[6:] - mean) / deviation)


def test_scaled_training_rows_ignore_the_values_of_other_folds_and_of_test_rows():
    before, *_ = standardise_out_of_fold(VALUES, FOLD, TRAIN)
    after, *_ = standardise_out_of_fold(np.where(FOLD == 0, VALUES, 99 - 3 * VALUES), FOLD, TRAIN)
    np.testing.assert_array_equal(before[:3], after[:3])


def test_values_without_spread_become_zero():
    scaled, *_ = standardise_out_of_fold(np.full(8, 0.1), FOLD, TRAIN)
    np.testing.assert_array_equal(scaled, np.zeros(8))
