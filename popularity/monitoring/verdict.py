"""What a batch calls for: the gravest answer that params' table gives to a finding, and a sentence for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from popularity.checks.causes import causes_first, explained
from popularity.checks.rules import Finding
from popularity.dataset.missing import Lacking
from popularity.monitoring.digits import percent, significant
from popularity.monitoring.drift import Drift
from popularity.monitoring.moved import moved_most, spreads_tell
from popularity.monitoring.past import is_own
from popularity.monitoring.thresholds import family_of
from popularity.settings import Answer, VerdictTable

GRAVITY: tuple[Answer, ...] = ("ok", "watch", "retrain", "stop")
OF_SCORES = ("prediction", "residual")
"""Columns that are off where the scores are, as without a feature that they lean on."""


@dataclass(frozen=True)
class Verdict:
    """answer: what to do. reasons: a sentence for each finding. drifted: columns, in their order.

    Causes come before what follows from them, and otherwise the gravest first. What labels say of the scores comes
    first of all, but behind what a broken rule says.
    """

    answer: Answer
    reasons: tuple[str, ...]
    drifted: tuple[str, ...]


@dataclass(frozen=True)
class _Reason:
    answer: Answer
    sentence: str
    column: str
    follows: bool = False  # from a broken rule


def decide(
    drift: Sequence[Drift],
    findings: Sequence[Finding],
    table: VerdictTable,
    lacking: Sequence[Lacking] = (),
    performance: Sequence[tuple[Answer, str]] = (),
) -> Verdict:
    """The verdict on a batch from how far it drifted, what the gates found, and the features that it lacks.

    Drift that a broken rule explains is never `retrain`: models would learn the damage. The rule that explains what is
    graver than itself is as grave.
    performance: as `JudgedErrors.reasons`.
    """
    answers = table.model_dump()
    broken = causes_first([finding for finding in findings if not finding.passed])
    drifted = [one for one in drift if one.drifted]
    given = [_Reason(max(table.feature, "watch", key=GRAVITY.index), f"{one}.", one.feature) for one in lacking]
    for one in drifted:
        answer = answers.get(family_of(one.column), table.feature)
        follows = _follows(one, broken, drifted, lacking)
        given.append(_Reason(_at_most_watch(answer) if follows else answer, _sentence(one), one.column, follows))
    for rule in reversed(broken):
        follows = explained(rule.column, broken)
        due = [reason.answer for reason in given if explained(reason.column, [rule])]
        answer = max([answers[f"gate_{rule.severity}"], *due], key=GRAVITY.index)
        given.insert(0, _Reason(answer, f"Gate, {rule.severity}: {rule}.", rule.column, follows))
    given.sort(key=lambda reason: (reason.follows, -GRAVITY.index(reason.answer)))
    worth = [_Reason(answer, sentence, "residual") for answer, sentence in performance]
    given = [*given, *worth] if broken else [*worth, *given]
    return Verdict(
        answer=max((reason.answer for reason in given), key=GRAVITY.index, default="ok"),
        reasons=tuple(f"{reason.answer}: {reason.sentence}" for reason in given),
        drifted=tuple(dict.fromkeys([*(one.column for one in drifted), *(one.feature for one in lacking)])),
    )


def _follows(one: Drift, broken: Sequence[Finding], drifted: Sequence[Drift], lacking: Sequence[Lacking]) -> bool:
    of_lacking = bool(lacking) and one.column in OF_SCORES
    return of_lacking or explained(one.column, broken) or _of_cut_titles(one, drifted)


def _at_most_watch(answer: Answer) -> Answer:
    return min(answer, "watch", key=GRAVITY.index)


def _of_cut_titles(one: Drift, drifted: Sequence[Drift]) -> bool:
    """Whether a column tells of unseen words where titles became shorter: half a word is no word."""
    shorter = any(other.column == "titlelen" and other.current < other.reference for other in drifted)
    return shorter and one.column == "unseen_words"


def _sentence(one: Drift) -> str:
    name, n = one.column.replace("_", " "), f"{one.n:,} posts"
    if one.column == "unseen_users":
        return (
            f"{WORDS[one.column]} is {percent(one.current)} in {n}, against {percent(one.reference)} of what the "
            f"champion knows; a difference of {percent(one.threshold, POINTS)} is the limit."
        )
    if one.past is not None:
        return (
            f"{WORDS[one.column]} is {percent(one.past + one.current)} in {n}, against {percent(one.past)} of the same "
            f"users' earlier posts; a difference of {percent(one.threshold, POINTS)} is the limit."
        )
    if one.column in WORDS:
        return (
            f"{WORDS[one.column]} lies {percent(one.current, POINTS, '+')} from what it was of the same users in {n}, "
            f"against {percent(one.reference, POINTS, '+')} before; a difference of "
            f"{percent(one.threshold, POINTS)} is the limit."
        )
    if one.column == "residual":
        return (
            f"Labels lie {significant(one.current, sign='+')} from the scores in {n}, against "
            f"{significant(one.reference, sign='+')} in tests (distance {significant(one.value)}, limit "
            f"{significant(one.threshold)})."
        )
    return (
        f"{name[0].upper()}{name[1:]} moved in {n}: {_what_moved(one)} "
        f"({one.method} {significant(one.value)}, limit {significant(one.threshold)})."
    )


def _what_moved(one: Drift) -> str:
    if most := moved_most(one):
        return ", ".join(f"{name} {percent(now)} against {percent(before)}" for name, before, now in most)
    if is_own(one.column):
        now, before = (significant(mean, sign="+") for mean in (one.current, one.reference))
        means = f"mean {now} from the users' own past, against {before} before"
    else:
        means = f"mean {significant(one.current)}, against {significant(one.reference)}"
    if spreads_tell(one):
        return f"{means}; spread {significant(one.current_std)} against {significant(one.reference_std)}"
    return means


POINTS = " points"
WORDS = {
    "alive": "The share of posts whose photo is there",
    "described": "The share of posts with a description",
    "unseen_users": "The share of posts from unseen users",
    "unseen_tags": "The share of posts with a tag that the champion does not know",
    "unseen_words": "The share of posts with a word in the title that the champion does not know",
}
