"""Is a batch of labels what its name says? Judged when it comes, before anything is trained on it.

What right labels may do is drawn from labels that the champion's own figures were made of, see `label_draws`. A changed
world moves labels too, and is what a retrain is for: a batch is stopped where labels lie SEVERAL units further off than
in the draws, spread WIDER times as far, agree with what was expected no better than the same labels dealt out by
chance, where a mistake explains what no moved world does, or where part of them is wrong, see `label_parts`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import t

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.models.baselines import UserMean
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.label_draws import DRAWS, agreement, draws, kept, spread
from popularity.monitoring.label_faults import Explained, explanations
from popularity.monitoring.label_parts import RARE, SEVERAL, Part, wrong_part

WIDER = 3.0
FEW = 20
"""Labels: fewer are stopped only where they lie far off."""
CHANCE = 0.99
"""Of labels dealt out by chance so many agree less than the limit."""
GAIN = 0.05
"""Natural logarithms of likelihood a label that a mistake must explain, and more than chance does."""
NEARLY = 1.5
"""So many times the distance in the draws may remain once a mistake is undone."""
OTHER_POSTS = "labels of other posts: rows permuted or shifted, or another crawl's labels"

LabelsAnswer = Literal["ok", "stop", "not judged"]


@dataclass(frozen=True)
class LabelsVerdict:
    """answer: whether the labels may be used. sentence: why, and the likely cause in words.

    unjudged: labels of other ages than the champion knows, which the answer says nothing of.
    """

    answer: LabelsAnswer
    sentence: str
    unjudged: int = 0


@dataclass(frozen=True)
class NewLabels:
    """Labels in the order of their file, each of shape (n,), n >= 1. expected: see `KnownLabels.expected`."""

    uid: IntArray
    label: FloatArray
    expected: FloatArray
    age_days: FloatArray  # NaN where nobody says

    def of(self, chosen: BoolArray) -> "NewLabels":
        """Those of them."""
        return NewLabels(self.uid[chosen], self.label[chosen], self.expected[chosen], self.age_days[chosen])


def judge(new: NewLabels, known: KnownLabels, users: UserMean, seed: int) -> LabelsVerdict:
    """Whether labels of ages that the champion knows are what they are meant to be; the same seed, the same verdict.

    users: those that the champion knows.
    """
    rng = np.random.default_rng(seed)
    chosen = kept(new.uid)
    expected, label = new.expected[chosen], new.label[chosen]
    usual = float(np.median(known.residual))
    drawn = draws(new.uid[chosen], known, rng)
    shifts, spreads = np.median(drawn, axis=1) - usual, spread(drawn)
    shift, width = float(np.median(label - expected)) - usual, float(spread((label - expected)[None])[0])
    furthest = float(np.quantile(np.abs(shifts), 1 - RARE)) + SEVERAL
    widest = float(np.quantile(spreads, 1 - RARE)) * WIDER
    least = float(np.quantile(agreement(expected, expected + drawn), RARE))
    by_chance = float(np.quantile(agreement(expected, rng.permuted(np.tile(label, (DRAWS, 1)), axis=1)), CHANCE))
    rho = float(agreement(expected, label[None])[0])
    tells = len(chosen) >= FEW and least > by_chance  # False where one of them is NaN
    unrelated = tells and rho < by_chance and width > float(np.median(spreads))

    found = []
    if abs(shift) > furthest:
        found.append(f"lie {shift:+.1f} units from what was expected of their posts, and {furthest:.1f} is the limit")
    if width > widest:
        found.append(f"spread {width:.2g} units around what was expected, and {widest:.2g} is the limit")
    if unrelated:
        found.append(f"agree with what was expected by a rho of {rho:.2f}, and by chance it may be {by_chance:.2f}")
    likely = _likeliest(explanations(new.label, new.expected, new.age_days, known))
    distances = np.abs(drawn - usual).mean(axis=1) / np.abs(known.residual - usual).mean()
    nearly = NEARLY * float(np.quantile(distances, 1 - RARE))
    explains = likely.distance < nearly and _surely(likely.gain, new.uid)
    if explains and not found and len(chosen) >= FEW:
        found.append(f"lie {shift:+.1f} units from what was expected of their posts, as one mistake would have it")
    cause = likely.words if explains else OTHER_POSTS if unrelated else None
    if cause is None and (part := _part(new, known, users, rng)) is not None:
        found = [*found, *part.sentences]
        cause = _cause_of(part, new, known, nearly)
    n = f"{len(new.label):,} label{'s' if len(new.label) > 1 else ''}"
    if found:
        return LabelsVerdict("stop", f"{n} {'; '.join(found)}. Likely cause: {cause or 'none that is known'}.")
    doubt = "" if tells else " They are too few, or too much alike, to tell whether they are these posts'."
    return LabelsVerdict("ok", f"{n} lie {shift:+.2f} units from what was expected of their posts.{doubt}")


def _part(new: NewLabels, known: KnownLabels, users: UserMean, rng: np.random.Generator) -> Part | None:
    """What part is wrong, as of all labels; None where too few are of users with a past."""
    past, past_known = users.knows(new.uid), users.knows(known.uid)
    if min(past.sum(), past_known.sum()) < FEW:
        return None
    theirs = new.of(past)
    found = wrong_part(theirs.uid, theirs.label, theirs.expected, known.of(past_known), rng)
    off = np.zeros(len(past), dtype=np.bool_)
    off[past] = found.off
    return Part(off, found.disagrees, found.sentences)


def _cause_of(part: Part, new: NewLabels, known: KnownLabels, nearly: float) -> str | None:
    """The mistake that explains the labels that lie off, or whose they may be."""
    if part.off.any():
        off = new.of(part.off)
        likely = _likeliest(explanations(off.label, off.expected, off.age_days, known, rows_moved=False))
        if likely.distance < nearly and _surely(likely.gain, off.uid):
            return f"{likely.words}, in {part.off.sum():,} of them"
    return f"{OTHER_POSTS}, in part" if part.disagrees else None


def _likeliest(explained: Iterable[Explained]) -> Explained:
    return max(explained, key=lambda one: float(one.gain.mean()))


def _surely(gain: FloatArray, uid: IntArray) -> bool:
    """Whether a gain is more than chance: its standard error counts users, whose posts are alike."""
    _, user = np.unique(uid, return_inverse=True)
    users, mean = int(user.max()) + 1, float(gain.mean())
    if users == 1:
        return False
    error = np.sqrt((np.bincount(user, weights=gain - mean) ** 2).sum() * users / (users - 1)) / len(gain)
    return bool(mean > max(GAIN, t.ppf(1 - RARE / 2, users - 1) * error))
