"""What the pages say of a column before and now: its means, or what tells more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from popularity.monitoring.columns import CATEGORIES
from popularity.monitoring.drift import Drift
from popularity.monitoring.moved import moved_most, shares, spreads_tell
from popularity.monitoring.past import is_own
from popularity.pages.digits import NONE, points, share, signed_three, three


@dataclass(frozen=True)
class Sides:
    """Lines of text, at least one."""

    before: tuple[str, ...]
    now: tuple[str, ...]


@dataclass(frozen=True)
class Shares:
    """All values of a category: name, share before, share now."""

    column: str
    rows: tuple[tuple[str, float, float], ...]

    @property
    def largest(self) -> float:
        """The largest share of all."""
        return max(max(before, now) for _, before, now in self.rows) or 1.0


def sides(one: Drift) -> Sides:
    """Of a category the shares that moved most, of living photos those of the same users, of others the means.

    Spreads stand below where the means hardly tell. A dash where an older record does not hold the shares.
    """
    if one.column in CATEGORIES:
        most = moved_most(one)
        return Sides(
            tuple(f"{name} {share(before)}" for name, before, _ in most) or (NONE,),
            tuple(f"{name} {share(now)}" for name, _, now in most) or (NONE,),
        )
    if one.past is not None:
        return Sides((share(one.past), "of the same users’ earlier posts"), (share(one.past + one.current),))
    told = _teller(one)
    before, now = (told(one.reference),), (told(one.current),)
    if spreads_tell(one):
        return Sides((*before, f"spread {three(one.reference_std)}"), (*now, f"spread {three(one.current_std)}"))
    return Sides(before, now)


def _teller(one: Drift) -> Callable[[float], str]:
    """How a mean is printed: 0 and 1 as shares, what lies from the users' own past with its sign."""
    if one.method in ("mean_difference", "mean_increase"):
        return points if is_own(one.column) else share
    return signed_three if is_own(one.column) else three


def all_shares(drift: Sequence[Drift]) -> list[Shares]:
    """Of the categories that have shares on record, in the order of drift."""
    return [Shares(one.column, tuple(shares(one))) for one in drift if shares(one)]
