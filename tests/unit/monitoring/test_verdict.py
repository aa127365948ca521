"""The gravest finding counts, and each has its sentence."""

import pytest

from popularity.checks.gate import Finding
from popularity.dataset.missing import Lacking
from popularity.monitoring.drift import Drift
from popularity.monitoring.verdict import decide
from popularity.settings import load_settings

TABLE = load_settings().monitoring.verdict


def drift(column: str, *, drifted: bool = True) -> Drift:
    return Drift(column, "wasserstein", 0.5, 0.2, drifted, 1300, 0.04, 0.54)


def finding(severity: str, *, passed: bool = False) -> Finding:
    return Finding("expect_x", "avgview", severity, passed, 3, (1, 2), "a count")


def test_nothing_found_is_ok() -> None:
    verdict = decide([drift("hour", drifted=False)], [finding("critical", passed=True)], TABLE)
    assert (verdict.answer, verdict.reasons, verdict.drifted) == ("ok", (), ())


@pytest.mark.parametrize("column", ["avgview", "residual"])
def test_a_number_that_a_fault_made_takes_no_screen(column: str) -> None:
    found = Drift(column, "wasserstein", 1e300, 1e290, True, 1300, 0.04, 0.5)
    (reason,) = decide([found], [], TABLE).reasons
    assert "1e+300, limit 1e+290)" in reason
    assert len(reason) < 200


@pytest.mark.parametrize(
    ("column", "answer"),
    [
        ("hour", "watch"),
        ("embedding_2", "watch"),
        ("prediction", "watch"),
        ("alive", "watch"),
        ("unseen_users", "retrain"),
        ("unseen_tags", "retrain"),
        ("unseen_words", "retrain"),
        ("residual", "retrain"),
    ],
)
def test_what_each_column_calls_for(column: str, answer: str) -> None:
    verdict = decide([drift(column)], [], TABLE)
    assert (verdict.answer, verdict.drifted, len(verdict.reasons)) == (answer, (column,), 1)


def test_the_gravest_finding_counts_and_comes_first() -> None:
    found = [drift("hour"), drift("unseen_users")]
    verdict = decide(found, [finding("warning"), finding("critical")], TABLE)
    assert verdict.answer == "stop"
    assert [reason.split(":")[0] for reason in verdict.reasons] == ["stop", "retrain", "watch", "watch"]
    assert "expect x on column avgview: 3 rows, pids 1, 2 (a count)" in verdict.reasons[0]
    assert verdict.drifted == ("hour", "unseen_users")


def test_words_of_damaged_text_are_no_news() -> None:
    unseen = [drift(column) for column in ("unseen_words", "unseen_users")]
    assert decide(unseen[:1], [], TABLE).answer == "retrain"
    for column in ("mojibake", "title_has_markup", "of_commonest_title_length", "as_if_swapped", "titlelen_differs"):
        damage = Finding("expect_x", column, "warning", False, 3, (), "damaged")
        found = decide(unseen[:1], [damage], TABLE)
        assert found.answer == "watch"
        assert "damaged" in found.reasons[0]
        assert decide(unseen, [damage], TABLE).answer == "retrain"  # new users are, whatever they write


def test_labels_over_scores_that_a_broken_feature_made_ask_for_no_training() -> None:
    labels = [drift("residual")]
    assert decide(labels, [], TABLE).answer == "retrain"
    lacking = decide(labels, [], TABLE, [Lacking("avgview", 0.1, 0.9)])
    assert (lacking.answer, [reason.split()[1] for reason in lacking.reasons]) == ("watch", ["avgview", "Labels"])
    for column in ("year_of_silence", "avgview_unlike_users", "mojibake", "alive"):
        damage = Finding("expect_x", column, "warning", False, 3, (), "damaged")
        found = decide(labels, [damage], TABLE)
        assert (found.answer, "damaged" in found.reasons[0]) == ("watch", True)
    elsewhere = Finding("expect_x", "titlelen and words", "warning", False, 3, (), "damaged")
    assert decide(labels, [elsewhere], TABLE).answer == "retrain"


@pytest.mark.parametrize(("reference", "answer"), [(30.0, "watch"), (0.1, "retrain")])
def test_unseen_words_in_titles_that_became_shorter_are_halves_of_words(reference: float, answer: str) -> None:
    shorter = Drift("titlelen", "wasserstein", 0.5, 0.2, True, 1300, reference, 10.0)
    found = decide([drift("unseen_words"), shorter], [], TABLE)
    assert found.answer == answer
    assert (found.reasons[0].startswith("watch: Titlelen")) == (answer == "watch")


def test_a_cause_comes_first_and_the_gravest_of_what_follows_counts() -> None:
    one_user = Finding("expect_x", "of_commonest_uid", "warning", False, 3, (), "one user")
    level = Finding("expect_x", "avgview_to_usual", "critical", False, 3, (), "another unit")
    found = decide([drift("hour")], [level, one_user], TABLE)
    assert found.answer == "stop"
    assert ["one user" in found.reasons[0], "Hour" in found.reasons[1], "another unit" in found.reasons[2]] == [
        True
    ] * 3
    assert found.reasons[0].startswith("stop: Gate, warning")


def test_a_feature_that_the_posts_lack_is_named() -> None:
    verdict = decide([], [], TABLE, [Lacking("avgview", 0.1, 0.9)])
    assert (verdict.answer, verdict.drifted) == ("watch", ("avgview",))
    quiet = TABLE.model_copy(update={"feature": "ok"})
    both = decide([drift("avgview")], [], quiet, [Lacking("avgview", 0.1, 0.9)])
    assert (both.answer, both.drifted) == ("watch", ("avgview",))
    assert verdict.reasons[0].startswith("watch: avgview is missing in 90% of the posts, and was in 10% of those")


def test_the_sentences_name_what_moved_and_by_how_much() -> None:
    shares = decide([drift("unseen_users")], [], TABLE).reasons[0]
    assert shares == (
        "retrain: The share of posts from unseen users is 54 % in 1,300 posts, against 4 % of what the champion knows; "
        "a difference of 20 points is the limit."
    )
    photos = decide([drift("alive")], [], TABLE).reasons[0]
    assert photos == (
        "watch: The share of posts whose photo is there lies +54 points from what it was of the same users in 1,300 "
        "posts, against +4 points before; a difference of 20 points is the limit."
    )
    labels = decide([drift("residual")], [], TABLE).reasons[0]
    assert labels == (
        "retrain: Labels lie +0.540 from the scores in 1,300 posts, against +0.0400 in tests (distance 0.500, limit "
        "0.200)."
    )
    own = decide([drift("tag_score")], [], TABLE).reasons[0]
    assert own == (
        "watch: Tag score moved in 1,300 posts: mean +0.540 from the users' own past, against +0.0400 before "
        "(wasserstein 0.500, limit 0.200)."
    )
    other = decide([drift("groupcount")], [], TABLE).reasons[0]
    assert other == (
        "watch: Groupcount moved in 1,300 posts: mean 0.540, against 0.0400 (wasserstein 0.500, limit 0.200)."
    )


def test_the_same_users_earlier_share_of_living_photos_is_named() -> None:
    one = Drift("alive", "mean_difference", 0.19, 0.05, True, 1300, 0.0, -0.19, 0.0, 0.5, past=0.67)
    assert decide([one], [], TABLE).reasons[0] == (
        "watch: The share of posts whose photo is there is 48 % in 1,300 posts, against 67 % of the same users' "
        "earlier posts; a difference of 5 points is the limit."
    )


def test_shares_of_weekdays_are_named_and_no_mean_of_them() -> None:
    one = Drift(
        "weekday", "jensenshannon", 0.4, 0.2, True, 1300, 3.0, 3.9,
        reference_shares=(0.14, 0.14, 0.14, 0.14, 0.14, 0.14, 0.16),
        current_shares=(0.04, 0.14, 0.14, 0.14, 0.12, 0.31, 0.11),
    )  # fmt: skip
    assert decide([one], [], TABLE).reasons[0] == (
        "watch: Weekday moved in 1,300 posts: Saturday 31 % against 14 %, Monday 4 % against 14 % "
        "(jensenshannon 0.400, limit 0.200)."
    )


def test_spreads_are_told_where_means_agree() -> None:
    one = Drift("groupcount", "wasserstein", 0.5, 0.2, True, 1300, 2.001, 2.002, 0.412, 1.234)
    assert "mean 2.00, against 2.00; spread 1.23 against 0.412 (wasser" in decide([one], [], TABLE).reasons[0]


def test_what_labels_say_of_the_scores_comes_first_and_counts_as_any_other() -> None:
    verdict = decide([drift("unseen_users")], [], TABLE, performance=[("watch", "It errs.")])
    assert (verdict.answer, verdict.reasons[0]) == ("retrain", "watch: It errs.")
    assert verdict.reasons[1].startswith("retrain: The share of posts from unseen users")
    assert decide([], [], TABLE, performance=[("watch", "It errs.")]).answer == "watch"
