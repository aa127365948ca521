"""Is a batch of labels what its name says? Judged when it comes, before anything is trained on it.

What right labels may do is drawn from labels that the champion's own figures were made of (`known_labels`): each user
of the batch is given the residuals of one of their users, drawn by chance, as many in a row as it has posts. So limits
are wider for small batches and for those of few users. A changed world moves labels too, and is what a retrain is for:
a batch is stopped where labels lie SEVERAL units further off than in the draws, spread WIDER times as far, agree with
what was expected no better than the same labels dealt out by chance, or where a mistake explains what no moved world
does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import rankdata, t

from popularity.arrays import FloatArray, IntArray
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.label_faults import Explained, explanations

DRAWS = 1000
RARE = 0.001
"""Share of the draws beyond a limit, on each side."""
SEVERAL = 3.0
"""Units of the label, log2: eight times the views, or an eighth. Less may be news."""
WIDER = 3.0
FEW = 20
"""Labels: fewer are stopped only where they lie far off."""
CHANCE = 0.99
"""Of labels dealt out by chance so many agree less than the limit."""
GAIN = 0.05
"""Natural logarithms of likelihood a label that a mistake must explain, and more than chance does."""
NEARLY = 1.5
"""So many times the distance in the draws may remain once a mistake is undone."""
EACH, MOST = 10, 2000
"""Labels of a user, and of all, that limits are drawn for, evenly taken: no user decides alone; more narrow nothing."""
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


def judge(new: NewLabels, known: KnownLabels, seed: int) -> LabelsVerdict:
    """Whether labels of ages that the champion knows are what they are meant to be; the same seed, the same verdict."""
    rng = np.random.default_rng(seed)
    kept = _kept(new.uid)
    expected, label = new.expected[kept], new.label[kept]
    usual = float(np.median(known.residual))
    drawn = _draws(new.uid[kept], known, rng)
    shifts, spreads = np.median(drawn, axis=1) - usual, _spread(drawn)
    shift, spread = float(np.median(label - expected)) - usual, float(_spread((label - expected)[None])[0])
    furthest = float(np.quantile(np.abs(shifts), 1 - RARE)) + SEVERAL
    widest = float(np.quantile(spreads, 1 - RARE)) * WIDER
    least = float(np.quantile(_agreement(expected, expected + drawn), RARE))
    by_chance = float(np.quantile(_agreement(expected, rng.permuted(np.tile(label, (DRAWS, 1)), axis=1)), CHANCE))
    rho = float(_agreement(expected, label[None])[0])
    tells = len(kept) >= FEW and least > by_chance  # False where one of them is NaN
    unrelated = tells and rho < by_chance and spread > float(np.median(spreads))

    found = []
    if abs(shift) > furthest:
        found.append(f"lie {shift:+.1f} units from what was expected of their posts, and {furthest:.1f} is the limit")
    if spread > widest:
        found.append(f"spread {spread:.2g} units around what was expected, and {widest:.2g} is the limit")
    if unrelated:
        found.append(f"agree with what was expected by a rho of {rho:.2f}, and by chance it may be {by_chance:.2f}")
    likely = _likeliest(explanations(new.label, new.expected, new.age_days, known))
    distances = np.abs(drawn - usual).mean(axis=1) / np.abs(known.residual - usual).mean()
    nearly = NEARLY * float(np.quantile(distances, 1 - RARE))
    explains = likely.distance < nearly and _surely(likely.gain, new.uid)
    if explains and not found and len(kept) >= FEW:
        found.append(f"lie {shift:+.1f} units from what was expected of their posts, as one mistake would have it")
    n = f"{len(new.label):,} label{'s' if len(new.label) > 1 else ''}"
    if found:
        cause = likely.words if explains else OTHER_POSTS if unrelated else "none that is known"
        return LabelsVerdict("stop", f"{n} {'; '.join(found)}. Likely cause: {cause}.")
    doubt = "" if tells else " They are too few, or too much alike, to tell whether they are these posts'."
    return LabelsVerdict("ok", f"{n} lie {shift:+.2f} units from what was expected of their posts.{doubt}")


def _kept(uid: IntArray) -> IntArray:
    """Which of the labels of these users limits are drawn for, in their order."""
    place, count = _places(uid)
    kept = np.flatnonzero(place * EACH // count != (place - 1) * EACH // count)
    return kept[np.unique(np.linspace(0, len(kept) - 1, min(len(kept), MOST)).round().astype(np.int64))]


def _places(uid: IntArray) -> tuple[IntArray, IntArray]:
    """Which of its user's labels each is, from 0, and how many that user has."""
    _, user, count = np.unique(uid, return_inverse=True, return_counts=True)
    order = np.argsort(user, kind="stable")
    place = np.empty(len(uid), np.int64)
    place[order] = np.arange(len(uid)) - (np.cumsum(count) - count)[user[order]]
    return place, count[user]


def _draws(uid: IntArray, known: KnownLabels, rng: np.random.Generator) -> FloatArray:
    """Residuals as right labels of these users' posts may have, shape (DRAWS, n)."""
    order = np.argsort(known.uid, kind="stable")
    residual = known.residual[order]
    _, first, count = np.unique(known.uid[order], return_index=True, return_counts=True)
    _, user = np.unique(uid, return_inverse=True)
    place, _ = _places(uid)
    other = rng.choice(len(first), (DRAWS, user.max() + 1), p=count / count.sum())
    start = (rng.random(other.shape) * count[other]).astype(np.int64)
    return np.asarray(residual[first[other][:, user] + (start[:, user] + place) % count[other][:, user]])


def _spread(residuals: FloatArray) -> FloatArray:
    """The mean distance from the median of each row."""
    return np.asarray(np.abs(residuals - np.median(residuals, axis=1, keepdims=True)).mean(axis=1))


def _agreement(expected: FloatArray, labels: FloatArray) -> FloatArray:
    """Spearman's rho of each row of labels, shape (b, n), with expected, shape (n,); NaN where either is all alike."""
    x, y = rankdata(expected), rankdata(labels, axis=1)
    x, y = x - x.mean(), y - y.mean(axis=1, keepdims=True)
    scale = np.sqrt((x @ x) * (y * y).sum(axis=1))
    return np.asarray(np.divide(y @ x, scale, out=np.full(len(y), np.nan), where=scale > 0), dtype=np.float64)


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
