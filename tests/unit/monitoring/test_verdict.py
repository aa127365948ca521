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
    assert "expect_x on column avgview: 3 rows, pids 1, 2 (a count)" in verdict.reasons[0]
    assert verdict.drifted == ("hour", "unseen_users")


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
        "retrain: The share of posts from unseen users is 54% in 1,300 posts, against 4% of what the champion knows; "
        "a difference of 20 points is the limit."
    )
    photos = decide([drift("alive")], [], TABLE).reasons[0]
    assert photos == (
        "watch: The share of posts whose photo is there lies +54 points from what it was of the same users in 1,300 "
        "posts, against +4 points before; a difference of 20 points is the limit."
    )
    own = decide([drift("tag_score")], [], TABLE).reasons[0]
    assert own == (
        "watch: Tag score moved in 1,300 posts: mean +0.54 from the users' own past, against +0.04 before "
        "(wasserstein 0.50, limit 0.20)."
    )
    other = decide([drift("groupcount")], [], TABLE).reasons[0]
    assert other == ("watch: Groupcount moved in 1,300 posts: mean 0.54, against 0.04 (wasserstein 0.50, limit 0.20).")
