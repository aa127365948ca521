"""What a batch calls for: the gravest answer that params' table gives to a finding, and a sentence for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from popularity.checks.rules import Finding
from popularity.dataset.missing import Lacking
from popularity.monitoring.drift import Drift
from popularity.monitoring.thresholds import family_of
from popularity.printing import decimal
from popularity.settings import Answer, VerdictTable

GRAVITY: tuple[Answer, ...] = ("ok", "watch", "retrain", "stop")


@dataclass(frozen=True)
class Verdict:
    """answer: what to do. drifted: columns, in their order.

    reasons: a sentence for each finding, first what labels say of the scores, then the gravest first.
    """

    answer: Answer
    reasons: tuple[str, ...]
    drifted: tuple[str, ...]


def decide(
    drift: Sequence[Drift],
    findings: Sequence[Finding],
    table: VerdictTable,
    lacking: Sequence[Lacking] = (),
    performance: Sequence[tuple[Answer, str]] = (),
) -> Verdict:
    """The verdict on a batch from how far it drifted, what the gates found, and the features that it lacks.

    performance: as `JudgedErrors.reasons`.
    """
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
    given = [*performance, *given]
    return Verdict(
        answer=max((answer for answer, _ in given), key=GRAVITY.index, default="ok"),
        reasons=tuple(f"{answer}: {sentence}" for answer, sentence in given),
        drifted=tuple(dict.fromkeys([*(one.column for one in drifted), *(one.feature for one in lacking)])),
    )


def _sentence(one: Drift) -> str:
    name, n = one.column.replace("_", " "), f"{one.n:,} posts"
    if one.method == "mean_difference":
        return (
            f"{WORDS[one.column]} is {one.current:.0%} in {n}, against {one.reference:.0%} of what the champion knows; "
            f"a difference of {one.threshold:.0%} is the limit."
        )
    if one.column == "residual":
        return (
            f"Labels lie {one.current:+.2f} from their users' means in {n}, against {one.reference:+.2f} before "
            f"(distance {decimal(one.value)}, limit {decimal(one.threshold)})."
        )
    return (
        f"{name[0].upper()}{name[1:]} moved in {n}: mean {one.current:.3g}, against {one.reference:.3g} "
        f"({one.method} {decimal(one.value)}, limit {decimal(one.threshold)})."
    )


WORDS = {
    "alive": "The share of posts whose photo is there",
    "unseen_users": "The share of posts from unseen users",
    "unseen_tokens": "The share of unseen words in a post",
}
