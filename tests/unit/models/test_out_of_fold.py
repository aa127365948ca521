"""Which rows a model saw that predicts another."""

import numpy as np
import pandas as pd
import pytest

from popularity.dataset.table import Dataset
from popularity.models.evidence import Lesson, evidence_of
from popularity.models.out_of_fold import cross_fitted, fit_out_of_fold
from popularity.models.same_fits import SameFits

FOLDS = np.repeat([0, 1, 2, 3, -1], 3)
TRAIN = FOLDS >= 0
EVERYONE = Dataset(
    pd.DataFrame({
        "pid": np.arange(15),
        "uid": 0,
        "batch": "b",
        "split": np.where(TRAIN, "train", "test"),
        "group": -1,
        "fold": FOLDS,
        "has_photo": True,
        "label": np.where(TRAIN, 2.0**FOLDS, np.nan),  # a sum of labels tells which folds are in it
    }),
)  # fmt: skip
POPULATION, EVIDENCE = EVERYONE.of("all_posts"), evidence_of(EVERYONE)


class Seen:
    """Predicts which folds it saw, as the sum of 2 ** fold."""

    def fit(self, lesson):
        assert (2.0**lesson.part == lesson.label).all()
        self.folds = np.unique(lesson.label).sum()

    def predict(self, evidence):
        return np.full(len(evidence.posts), self.folds)

    def save(self, folder):
        raise AssertionError("not saved here")


def test_a_training_row_is_predicted_without_its_fold_and_others_with_all():
    prediction = fit_out_of_fold(POPULATION, EVIDENCE, Seen, name="seen").prediction
    np.testing.assert_array_equal(prediction[TRAIN], 15 - 2.0 ** FOLDS[TRAIN])
    np.testing.assert_array_equal(prediction[~TRAIN], 15)


class OnTop(Seen):
    """Notes which folds were in what it learns from."""

    learned: list[float]

    def fit(self, lesson):
        super().fit(lesson)
        self.learned += list(self.folds - cross_fitted(Seen, lesson) - lesson.label)


def test_what_a_model_on_top_learns_from_never_saw_the_scored_fold_nor_the_rows_own():
    OnTop.learned = []
    fit_out_of_fold(POPULATION, EVIDENCE, OnTop, name="on top")
    assert len(OnTop.learned) == 4 * 9 + 12
    assert set(OnTop.learned) == {0}


def test_one_part_alone_is_shown_nothing():
    lesson = Lesson(EVIDENCE, POPULATION.label, FOLDS, np.ones(15, dtype=bool))
    assert not cross_fitted(Seen, lesson.of(FOLDS == 0)).any()


def test_posts_of_another_population_are_in_the_lesson_and_are_not_scored():
    dataset = Dataset(EVERYONE.frame.assign(has_photo=FOLDS != 3))
    lessons = []

    class Noting(Seen):
        def fit(self, lesson):
            super().fit(lesson)
            lessons.append(lesson)

    fit = fit_out_of_fold(dataset.of("posts_with_photo"), evidence_of(dataset), Noting, name="seen")
    np.testing.assert_array_equal(fit.prediction, np.where(TRAIN, 15 - 2.0**FOLDS, 15)[FOLDS != 3])
    assert [len(one.label) for one in lessons] == [9, 9, 9, 12]
    assert [len(one.own.label) for one in lessons] == [6, 6, 6, 9]


@pytest.mark.parametrize("folds", [0, 1])
def test_with_fewer_than_two_folds_nothing_is_modelled(folds):
    few = np.where(np.isin(FOLDS, range(folds)), FOLDS, -1)
    dataset = Dataset(EVERYONE.frame.assign(fold=few, split=np.where(few >= 0, "train", "test")))
    fit = fit_out_of_fold(dataset.of("all_posts"), EVIDENCE, Seen, name="seen")
    assert fit.model is None
    assert fit.prediction.size == 0


def test_models_of_the_same_posts_are_fitted_once():
    fits = []

    class Counted(Seen):
        def fit(self, lesson):
            fits.append(len(lesson.label))
            super().fit(lesson)

    kept = SameFits(Counted)

    class Above(Seen):
        def fit(self, lesson):
            cross_fitted(kept, lesson)
            self.beneath = kept()
            self.beneath.fit(lesson)

        def predict(self, evidence):
            return self.beneath.predict(evidence)

    prediction = fit_out_of_fold(POPULATION, EVIDENCE, Above, name="above").prediction
    np.testing.assert_array_equal(prediction[TRAIN], 15 - 2.0 ** FOLDS[TRAIN])
    assert sorted(fits) == [6] * 6 + [9] * 4 + [12]
