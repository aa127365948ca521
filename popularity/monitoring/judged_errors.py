"""Whether scores of a night erred more than chance allows: than the champion did on its test rows, than users' means.

Posts of one user are no independent evidence, so whole users are drawn (see `evaluation.bootstrap`). A user of both the
night and the test rows is drawn for both at once: the two errors of one user are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from popularity.arrays import FloatArray, IntArray
from popularity.evaluation.bootstrap import intervals
from popularity.monitoring.known_labels import KnownLabels
from popularity.settings import Answer, VerdictTable

DRAWS = 2000
OUTSIDE = 2.5
"""Per cent of the draws on either side of an interval."""


@dataclass(frozen=True)
class JudgedErrors:
    """Mean absolute errors in the label's unit, and 95 % intervals of differences, NaN for fewer than two users.

    own_mae: the champion's on its test rows. over_own: the night's less that. over_user_mean: the night's less that of
    the users' means on the same posts.
    """

    mae: float
    own_mae: float
    user_mean_mae: float
    over_own_low: float
    over_own_high: float
    over_user_mean_low: float
    over_user_mean_high: float

    @property
    def worse_than_user_mean(self) -> bool:
        """Beyond chance."""
        return self.over_user_mean_low > 0

    @property
    def worse_than_own(self) -> bool:
        """Beyond chance."""
        return self.over_own_low > 0

    def reasons(self, table: VerdictTable) -> list[tuple[Answer, str]]:
        """What it calls for and why, the users' means first."""
        found: list[tuple[Answer, str]] = []
        if self.worse_than_user_mean:
            found.append(
                (
                    table.worse_than_user_mean,
                    f"The champion is worse than the users' means: its scores err by {self.mae:.3g}, those by "
                    f"{self.user_mean_mae:.3g} (difference {self.mae - self.user_mean_mae:+.3g}, 95 % from "
                    f"{self.over_user_mean_low:+.3g} to {self.over_user_mean_high:+.3g}).",
                )
            )
        if self.worse_than_own:
            found.append(
                (
                    table.worse_than_own,
                    f"The scores err by {self.mae:.3g}, against {self.own_mae:.3g} on the champion's test posts "
                    f"(difference {self.mae - self.own_mae:+.3g}, 95 % from {self.over_own_low:+.3g} to "
                    f"{self.over_own_high:+.3g}).",
                )
            )
        return found


def judge_errors(
    uid: IntArray, label: FloatArray, prediction: FloatArray, user_mean: FloatArray, known: KnownLabels, seed: int
) -> JudgedErrors:
    """Judge a night whose labels have come.

    uid, label, prediction, user_mean: of the night's labelled posts, shape (n,), n >= 1; the means are of the posts
    that the champion was fitted on. known: the champion's. The same seed gives the same intervals.
    """
    error, baseline = np.abs(label - prediction), np.abs(label - user_mean)
    own = np.abs(known.label - known.prediction)
    paired = intervals(uid, (error - baseline)[:, None], seed)
    against = _between([uid, known.uid], [error, own], seed)
    return JudgedErrors(
        mae=float(error.mean()),
        own_mae=float(own.mean()),
        user_mean_mae=float(baseline.mean()),
        over_own_low=against[0],
        over_own_high=against[1],
        over_user_mean_low=np.nan if paired is None else float(paired[0, 0]),
        over_user_mean_high=np.nan if paired is None else float(paired[0, 1]),
    )


def _between(uid: Sequence[IntArray], values: Sequence[FloatArray], seed: int) -> tuple[float, float]:
    """The middle 95 % of the first side's mean less the second's; NaN where either side has fewer than two users.

    Users of either side alone are drawn among themselves, and those of both for both: each draw has as many users of
    each kind as there are, so none is without a side.
    """
    users, place = np.unique(np.concatenate(uid), return_inverse=True)
    first = place[: len(uid[0])]
    sides = [(first, values[0]), (place[len(uid[0]) :], values[1])]
    posts = np.stack([np.bincount(at, minlength=len(users)) for at, _ in sides]).astype(np.float64)
    total = np.stack([np.bincount(at, weights=of, minlength=len(users)) for at, of in sides])
    if ((posts > 0).sum(axis=1) < 2).any():
        return np.nan, np.nan
    kinds = [np.flatnonzero(kind) for kind in ((posts > 0).all(axis=0), posts[1] == 0, posts[0] == 0)]
    random = np.random.default_rng(seed)
    found = np.empty(DRAWS)
    for draw in range(DRAWS):
        drawn = np.concatenate([random.choice(kind, len(kind)) for kind in kinds if len(kind)])
        means = total[:, drawn].sum(axis=1) / posts[:, drawn].sum(axis=1)
        found[draw] = means[0] - means[1]
    low, high = np.percentile(found, [OUTSIDE, 100 - OUTSIDE])
    return float(low), float(high)
