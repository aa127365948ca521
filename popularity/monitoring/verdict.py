"""What a batch calls for: the gravest answer that params' table gives to a finding, and a sentence for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from popularity.checks.rules import Finding
from popularity.dataset.missing import Lacking
from popularity.monitoring.drift import Drift
from popularity.monitoring.past import is_own
from popularity.monitoring.thresholds import family_of
from popularity.printing import decimal
from popularity.settings import Answer, VerdictTable

GRAVITY: tuple[Answer, ...] = ("ok", "watch", "retrain", "stop")


@dataclass(frozen=True)
class Verdict:
    """answer: what to do. reasons: a sentence for each finding, the gravest first. drifted: columns, in their order."""

    answer: Answer
    reasons: tuple[str, ...]
    drifted: tuple[str, ...]


def decide(
    drift: Sequence[Drift], findings: Sequence[Finding], table: VerdictTable, lacking: Sequence[Lacking] = ()
) -> Verdict:
    """The verdict on a batch from how far it drifted, what the gates found, and the features that it lacks."""
    answers = table.model_dump()
    given: list[tuple[Answer, str]] = [
        (answers[f"gate_{finding.severity}"], f"Gate, {finding.severity}: {finding}.")
        for finding in findings
        if not finding.passed
    ]
    drifted = [one for one in drift if one.drifted]
    given += [(answers.get(family_of(one.column), table.feature), _sentence(one)) for one in drifted]
    given += [(max(table.feature, "watch", key=GRAVITY.index), f"{one}.") for one in lacking]
    given.sort(key=lambda reason: -GRAVITY.index(reason[0]))
    return Verdict(
        answer=given[0][0] if given else "ok",
        reasons=tuple(f"{answer}: {sentence}" for answer, sentence in given),
        drifted=tuple(dict.fromkeys([*(one.column for one in drifted), *(one.feature for one in lacking)])),
    )


def _sentence(one: Drift) -> str:
    name, n = one.column.replace("_", " "), f"{one.n:,} posts"
    if one.column == "unseen_users":
        return (
            f"{WORDS[one.column]} is {one.current:.0%} in {n}, against {one.reference:.0%} of what the champion knows; "
            f"a difference of {_points(one.threshold, sign='')} is the limit."
        )
    if one.column in WORDS:
        return (
            f"{WORDS[one.column]} lies {_points(one.current)} from what it was of the same users in {n}, against "
            f"{_points(one.reference)} before; a difference of {_points(one.threshold, sign='')} is the limit."
        )
    if one.column == "residual":
        return (
            f"Labels lie {one.current:+.2f} from their users' means in {n}, against {one.reference:+.2f} before "
            f"(distance {decimal(one.value)}, limit {decimal(one.threshold)})."
        )
    if is_own(one.column):
        return (
            f"{name[0].upper()}{name[1:]} moved in {n}: mean {one.current:+.3g} from the users' own past, against "
            f"{one.reference:+.3g} before ({one.method} {decimal(one.value)}, limit {decimal(one.threshold)})."
        )
    return (
        f"{name[0].upper()}{name[1:]} moved in {n}: mean {one.current:.3g}, against {one.reference:.3g} "
        f"({one.method} {decimal(one.value)}, limit {decimal(one.threshold)})."
    )


def _points(share: float, sign: str = "+") -> str:
    return f"{100 * share:{sign}.0f} points"


WORDS = {
    "alive": "The share of posts whose photo is there",
    "described": "The share of posts with a description",
    "unseen_users": "The share of posts from unseen users",
    "unseen_tags": "The share of posts with a tag that the champion does not know",
    "unseen_words": "The share of posts with a word in the title that the champion does not know",
}
