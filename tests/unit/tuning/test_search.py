"""A search over a learner of one param, which errs by how far that is from the best value."""

from collections.abc import Callable

import numpy as np
import pytest

from kit.dataset_rows import dataset_rows
from popularity.arrays import FloatArray
from popularity.dataset.protocols import cuts
from popularity.dataset.table import Dataset
from popularity.errors import UserError
from popularity.models.evidence import Evidence, Lesson, evidence_of
from popularity.models.out_of_fold import Learner
from popularity.settings import Settings, load_settings
from popularity.tuning.search import Found, interval, search
from popularity.tuning.spaces import TUNED, Range, Tuned, present, with_values

ROWS = np.arange(300)
FOLD = np.where(ROWS % 5 == 4, -1, ROWS % 5)
DATASET = Dataset(dataset_rows(ROWS, FOLD, np.ones(300, dtype=bool)))
POPULATION, EVIDENCE = DATASET.of("all_posts"), evidence_of(DATASET)
BEST = 0.3


class Off:
    """Predicts the mean label, off by ten times its param's distance from the best value."""

    fits = 0

    def __init__(self, param: float) -> None:
        self._off = 10 * abs(param - BEST)

    def fit(self, lesson: Lesson) -> None:
        type(self).fits += 1
        assert np.isfinite(lesson.label).all()
        self._mean = lesson.label.mean()

    def predict(self, evidence: Evidence) -> FloatArray:
        return np.full(len(evidence.posts), self._mean + self._off)


def makes(params: Settings) -> Callable[[], Learner]:
    return lambda: Off(params.train_rf.max_features)


OFF = Tuned("train_rf", (Range("max_features", 0.1, 1.0),), makes)


def params_at(value: float) -> Settings:
    return with_values(load_settings(), OFF, {"max_features": value})


def found_from(value: float, tuned: Tuned = OFF, *, minutes: float = 5, trials: int | None = 30) -> Found:
    return search(tuned, params_at(value), POPULATION, EVIDENCE, minutes=minutes, trials=trials)


def test_a_better_value_is_found_and_errs_less_beyond_chance() -> None:
    found = found_from(0.9)
    assert abs(found.best.values["max_features"] - BEST) < 0.05
    assert found.now.values == {"max_features": 0.9}
    assert found.high < found.best.mae - found.now.mae + 0.5 < 0
    assert found.low <= found.best.mae - found.now.mae <= found.high
    assert found.beyond_chance
    assert (found.others, found.stopped) == (30, False)


def test_errors_are_those_of_the_posts_that_the_protocol_scores() -> None:
    found = found_from(BEST, trials=0)
    settings = load_settings()
    scored = sum(int(cut.scored.sum()) for cut in cuts(settings.protocols.best, POPULATION, settings.protocols))
    assert found.now.errors.shape == (scored,)
    assert 0 < scored < (FOLD >= 0).sum()


def test_the_best_value_stays_and_nothing_is_beyond_chance() -> None:
    found = found_from(BEST)
    assert found.best is found.now
    assert (found.low, found.high, found.beyond_chance) == (0, 0, False)


def test_the_same_seed_and_trials_give_the_same_result() -> None:
    one, other = found_from(0.9), found_from(0.9)
    assert one.best.values == other.best.values
    assert (one.low, one.high, one.cut_short) == (other.low, other.high, other.cut_short)


def test_a_present_value_outside_the_space_is_tried_first_as_it_is() -> None:
    found = found_from(0.95, Tuned("train_rf", (Range("max_features", 0.2, 0.6),), makes))
    assert found.now.values == {"max_features": 0.95}
    assert abs(found.best.values["max_features"] - BEST) < 0.05


def test_present_values_of_more_digits_than_are_tried_are_not_rounded() -> None:
    assert found_from(0.912345, trials=0).now.values == {"max_features": 0.912345}


def test_trials_that_err_more_than_half_of_the_others_are_given_up_early() -> None:
    Off.fits = 0
    found = found_from(BEST)
    settings = load_settings()
    parts = len(cuts(settings.protocols.best, POPULATION, settings.protocols))
    assert found.cut_short > 0
    assert Off.fits <= parts * (31 - found.cut_short) + (parts - 1) * found.cut_short


def test_without_time_the_present_params_alone_are_scored() -> None:
    found = found_from(0.9, minutes=0, trials=None)
    assert found.others == 0
    assert found.best is found.now


def interrupted_at(fit: int) -> Tuned:
    """Ctrl-C while the model is fitted for this time, counted from 0."""
    made = 0

    def make(params: Settings) -> Callable[[], Learner]:
        def one() -> Learner:
            nonlocal made
            made += 1
            if made > fit:
                raise KeyboardInterrupt
            return Off(params.train_rf.max_features)

        return one

    return Tuned("train_rf", OFF.ranges, make)


def test_ctrl_c_keeps_the_best_so_far() -> None:
    found = found_from(0.9, interrupted_at(60))
    assert found.stopped
    assert 0 < found.others < 30
    assert found.best.mae < found.now.mae
    assert found.beyond_chance


def test_ctrl_c_before_anything_was_scored_is_told() -> None:
    with pytest.raises(UserError, match="stopped before the present params were scored"):
        found_from(0.9, interrupted_at(2))


def test_too_few_posts_are_told() -> None:
    few = Dataset(DATASET.frame.head(12))
    with pytest.raises(UserError, match="too few training posts for protocol forward"):
        search(OFF, params_at(0.9), few.of("all_posts"), evidence_of(few), minutes=1, trials=1)


def test_the_best_of_many_trials_must_show_more() -> None:
    random = np.random.default_rng(2)
    uid, difference = np.arange(400) % 40, random.normal(-0.1, 1, 400)
    low, high = interval(uid, difference, 1, 1)
    wider_low, wider_high = interval(uid, difference, 200, 1)
    assert wider_low < low < difference.mean() < high < wider_high


def test_one_user_is_no_evidence() -> None:
    low, high = interval(np.zeros(50, np.int64), np.full(50, -1.0), 3, 1)
    assert (low, high) == (-np.inf, np.inf)


@pytest.mark.parametrize("model", sorted(TUNED))
def test_every_value_of_a_space_is_one_that_params_may_have(model: str) -> None:
    settings, tuned = load_settings(), TUNED[model]
    for values in ({one.name: getattr(one, end) for one in tuned.ranges} for end in ("low", "high")):
        assert present(with_values(settings, tuned, values), tuned) == values
    for one in tuned.ranges:
        assert one.low <= present(settings, tuned)[one.name] <= one.high
