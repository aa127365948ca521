"""Each column against its limit over the last batches: what moves slowly shows before any batch reaches the limit."""

from collections.abc import Sequence
from dataclasses import dataclass

from popularity.monitoring.drift import Drift
from popularity.monitoring.history import Night
from popularity.pages.sides import Sides, sides
from popularity.pages.sparks import BATCHES, Scale, Spark, spark

SCALE = Scale(0.0, 2.0)
"""Of a distance over its limit; what is further lies at the top."""


@dataclass(frozen=True)
class ColumnLine:
    """A column over batches, oldest first."""

    line: Spark  # the distance over its limit; the dot is the latest batch's, if the column was compared then
    latest: Drift  # of the last batch in which it was compared
    reached: int  # batches in which it reached the limit
    compared: int  # batches in which it was compared

    @property
    def sides(self) -> Sides:
        """What the latest is told by."""
        return sides(self.latest)

    @property
    def ratio(self) -> float:
        """The latest distance over its limit."""
        return of_limit(self.latest)


def of_limit(one: Drift) -> float:
    """A distance over its limit."""
    return one.value / one.threshold


def column_lines(history: Sequence[Night]) -> list[ColumnLine]:
    """Of the last BATCHES of a history that were compared with a champion, in the order of their latest ratio."""
    shown = [{one.column: one for one in night.drift} for night in history if night.drift][-BATCHES:]
    found = []
    for name in dict.fromkeys(name for night in shown for name in night):
        known = [night[name] for night in shown if name in night]
        ratios = [
            min(night[name].value / night[name].threshold, SCALE.high) if name in night else None for night in shown
        ]
        line = spark(ratios, SCALE, len(shown) - 1)
        found.append(ColumnLine(line, known[-1], sum(one.drifted for one in known), len(known)))
    return sorted(found, key=lambda one: one.ratio, reverse=True)
