"""Is part of a batch of labels wrong, where the whole of it still looks right?

Only labels of users with a past are looked at: what is expected of others is so little that theirs agree with nothing.
"""

from dataclasses import dataclass

import numpy as np

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.label_draws import agreement, draws, kept, off_the_others, spread

RARE = 0.001
"""Share of the draws beyond a limit."""
SEVERAL = 3.0
"""Units of the label, log2, beyond what all but FURTHEST of known labels lie off."""
FURTHEST = 0.01
A_PART = 0.1
"""So large a share more than in the draws must lie several units off the others: some posts do go round the world."""
HALF_WRONG = 0.75
"""Of the least rho in the draws: half of the labels dealt out by chance leave half of it, and this lies between."""


@dataclass(frozen=True)
class Part:
    """off: which labels lie several units off the others, where more do than may; none where no more do. shape (n,).

    disagrees: whether some seem to be those of other posts. sentences: why.
    """

    off: BoolArray
    disagrees: bool
    sentences: tuple[str, ...]


def wrong_part(
    uid: IntArray, label: FloatArray, expected: FloatArray, known: KnownLabels, rng: np.random.Generator
) -> Part:
    """What part of a batch's labels is wrong. uid, label, expected: shape (n,), n >= 1. known: of users with a past."""
    chosen = kept(uid)
    residual, drawn = label - expected, draws(uid[chosen], known, rng)
    usual = np.abs(off_the_others(known.residual[None]))
    far = float(np.quantile(usual, 1 - FURTHEST)) + SEVERAL
    off = np.abs(residual - np.median(residual[chosen])) > far
    share = float(off[chosen].mean())
    most = float(np.quantile((np.abs(off_the_others(drawn)) > far).mean(axis=1), 1 - RARE)) + A_PART
    rho = float(agreement(expected[chosen], label[chosen][None])[0])
    least = HALF_WRONG * float(np.quantile(agreement(expected[chosen], expected[chosen] + drawn), RARE))
    wide = float(spread(residual[chosen][None])[0]) > float(np.median(spread(drawn)))
    disagrees = rho < least and wide  # False where one of them is NaN
    found = []
    if share > most:
        found.append(f"lie more than {far:.1f} units off the others in {share:.0%} of them, and {most:.0%} may")
    if disagrees:
        found.append(f"agree with what was expected by a rho of {rho:.2f}, and {least:.2f} is the least")
    return Part(off & (share > most), disagrees, tuple(found))
