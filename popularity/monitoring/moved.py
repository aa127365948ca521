"""What moved in a column, where its mean does not tell: shares of weekdays, and spreads."""

from math import isnan

from popularity.monitoring.columns import CATEGORIES
from popularity.monitoring.digits import significant
from popularity.monitoring.drift import Drift
from popularity.monitoring.statistics import LEAST_DEVIATION

MOST = 3
"""Shares that a sentence names."""
MUCH = 0.5
"""What moved so much of what moved most is named too, and a distance of which means make less is of spreads."""


def shares(one: Drift) -> list[tuple[str, float, float]]:
    """Name, share before and share now of each value of a category, in their order; none of other columns."""
    return list(zip(CATEGORIES.get(one.column, ()), one.reference_shares, one.current_shares, strict=False))


def moved_most(one: Drift) -> list[tuple[str, float, float]]:
    """Those of `shares` that moved most, MOST at most."""
    ordered = sorted(shares(one), key=lambda share: -abs(share[2] - share[1]))[:MOST]
    return [share for share in ordered if abs(share[2] - share[1]) >= MUCH * abs(ordered[0][2] - ordered[0][1])]


def spreads_tell(one: Drift) -> bool:
    """Whether the mean hardly shows how far a column of numbers lies: it prints alike, or makes little of the distance.

    A Wasserstein distance is at least the difference of means over the reference's standard deviation.
    """
    of_shapes = one.method in ("wasserstein", "jensenshannon") and one.column not in CATEGORIES
    if not of_shapes or isnan(one.reference_std):
        return False
    if significant(one.reference) == significant(one.current):
        return True
    of_means = abs(one.current - one.reference) / max(one.reference_std, LEAST_DEVIATION)
    return one.method == "wasserstein" and of_means < MUCH * one.value
