"""Labels with each mistake are stopped, with its name; right ones pass, also of a world that moved."""

from collections.abc import Callable

import numpy as np
import pytest

from popularity.arrays import FloatArray
from popularity.models.baselines import UserMean
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.labels_guard import LabelsVerdict, NewLabels, judge

USERS = 60
LEVEL = np.random.default_rng(0).normal(7, 2, USERS)


def posts(n: int, seed: int) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """Whose each of n posts is, its label, and what is expected of it."""
    rng = np.random.default_rng(seed)
    uid = rng.integers(0, USERS, n)
    likely = LEVEL[uid] + rng.normal(0, 1, n)
    return uid, np.maximum(likely + rng.normal(0, 0.8, n), 0), likely


def known() -> KnownLabels:
    uid, label, prediction = posts(600, 1)
    return KnownLabels(np.arange(600), uid, label, prediction, LEVEL[uid])


def users() -> UserMean:
    found = UserMean()
    found.fit(np.arange(USERS)[:, None], LEVEL)
    return found


def verdict(change: Callable[[FloatArray], FloatArray], n: int = 300, age_days: float = np.nan) -> LabelsVerdict:
    uid, label, expected = posts(n, 2)
    return judge(NewLabels(uid, change(label), expected, np.full(n, age_days)), known(), users(), 7)


def count(label: FloatArray) -> FloatArray:
    return np.exp2(label) - 1


def log(views: FloatArray) -> FloatArray:
    return np.log2(views + 1)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda label: log(count(label) / 1000), "counts in thousands"),
        (lambda label: label + 10, "a thousand times too high"),
        (count, "raw counts"),
        (lambda label: label * np.log(2), "natural logarithms"),
        (lambda label: label * np.log10(2), "logarithms to base 10"),
        (lambda label: np.roll(label, 1), "rows shifted down by one"),
        (lambda label: np.roll(label, -1), "rows shifted up by one"),
        (lambda label: np.random.default_rng(3).permutation(label), "labels of other posts"),
        (lambda label: posts(len(label), 5)[1], "labels of other posts"),
    ],
    ids=["thousands", "x1000", "counts", "natural", "base 10", "down", "up", "permuted", "another batch"],
)
def test_labels_with_a_mistake_are_stopped_and_it_is_named(
    change: Callable[[FloatArray], FloatArray], cause: str
) -> None:
    found = verdict(change)
    assert found.answer == "stop"
    assert cause in found.sentence


def test_views_a_day_are_told_where_the_age_is_known() -> None:
    assert verdict(lambda label: log(count(label) / 3), age_days=3).answer == "stop"
    assert "views a day, where totals are meant" in verdict(lambda label: log(count(label) / 30), age_days=30).sentence


@pytest.mark.parametrize("moved", [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0])
def test_right_labels_pass_also_where_the_world_moved(moved: float) -> None:
    found = verdict(lambda label: np.maximum(label + moved, 0), age_days=3)
    assert found.answer == "ok"
    assert "too few" not in found.sentence


def test_labels_that_spread_several_times_wider_are_stopped_by_that_alone() -> None:
    uid, label, expected = posts(300, 2)
    wider = expected + 6 * (label - expected - np.median(label - expected))
    found = judge(NewLabels(uid, wider, expected, np.full(300, np.nan)), known(), users(), 7)
    assert found.answer == "stop"
    assert found.sentence.startswith("300 labels spread ")


def of_every(part: int, change: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray], FloatArray]:
    """One label in so many changed."""

    def changed(label: FloatArray) -> FloatArray:
        chosen = np.arange(len(label)) % part == 0
        return np.where(chosen, change(label), label)

    return changed


def half_permuted(label: FloatArray) -> FloatArray:
    found = label.copy()
    found[::2] = np.random.default_rng(3).permutation(label[::2])
    return found


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (of_every(3, lambda label: log(count(label) * 1000)), "counts a thousand times too high, in 100 of them."),
        (of_every(3, count), "raw counts, where their logarithms to base 2 are meant, in "),
        (half_permuted, "labels of other posts: rows permuted or shifted, or another crawl's labels, in part."),
    ],
    ids=["x1000", "counts", "permuted"],
)
def test_labels_of_which_part_is_wrong_are_stopped_and_the_mistake_is_named(
    change: Callable[[FloatArray], FloatArray], cause: str
) -> None:
    found = verdict(change)
    assert found.answer == "stop"
    assert cause in found.sentence


def test_a_few_posts_that_went_round_the_world_and_scores_that_err_twice_as_much_are_news() -> None:
    assert verdict(of_every(15, lambda label: label + 7)).answer == "ok"
    uid, label, expected = posts(300, 2)
    assert (
        judge(NewLabels(uid, 2 * label - expected, expected, np.full(300, np.nan)), known(), users(), 7).answer == "ok"
    )


def test_labels_of_users_never_seen_are_no_part_that_is_wrong() -> None:
    uid, label, expected = posts(300, 2)
    new, guess = np.arange(300) % 2 == 0, np.random.default_rng(3).normal(7, 2, 300)
    night = NewLabels(np.where(new, uid + USERS, uid), label, np.where(new, guess, expected), np.full(300, np.nan))
    assert judge(night, known(), users(), 7).answer == "ok"
    as_if_known = UserMean()
    as_if_known.fit(np.arange(2 * USERS)[:, None], np.concatenate([LEVEL, LEVEL]))
    assert judge(night, known(), as_if_known, 7).answer == "stop"


@pytest.mark.parametrize(("shift", "answer"), [(2.9, "ok"), (-2.9, "ok"), (3.6, "stop")])
def test_labels_that_all_lie_off_alike_are_stopped_from_three_units_on(shift: float, answer: str) -> None:
    assert verdict(lambda label: label + shift).answer == answer


def test_few_labels_are_stopped_only_where_they_lie_far_off_and_that_is_said() -> None:
    for n in (1, 5):
        assert "They are too few, or too much alike" in verdict(lambda label: label[::-1], n).sentence
        assert verdict(lambda label: label[::-1], n).answer == "ok"
        assert verdict(lambda label: label + 10, n).answer == "stop"


def test_one_user_decides_nothing_about_whose_labels_they_are() -> None:
    _, label, expected = posts(300, 2)
    flat = NewLabels(np.zeros(300, np.int64), label, np.full(300, 7.0), np.full(300, np.nan))
    assert judge(flat, known(), users(), 7).answer == "ok"
    assert judge(NewLabels(flat.uid, label + 12, flat.expected, flat.age_days), known(), users(), 7).answer == "stop"
    assert expected.std() > 1


def test_what_comes_nearer_to_known_labels_is_what_is_expected() -> None:
    rows = known()
    assert rows.by_prediction
    blind = KnownLabels(rows.pid, rows.uid, rows.label, np.full(600, 7.0), rows.user_mean)
    assert not blind.by_prediction
    assert blind.residual.tolist() == (rows.label - rows.user_mean).tolist()


def test_the_same_labels_get_the_same_verdict() -> None:
    assert verdict(lambda label: label) == verdict(lambda label: label)
