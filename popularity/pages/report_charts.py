"""The report's charts of groups: calibration, coverage and residuals, a mark a group, with its interval."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from popularity.evaluation.groups import Group, Judged
from popularity.evaluation.intervals import LEVEL
from popularity.pages.charts import BOTTOM, LEFT, RIGHT, TOP, Axis, number_axis

HOURS = (0, 6, 12, 18, 23)
SHARES = (0, 25, 50, 75, 100)
"""Ticks; shares are per cent."""


@dataclass(frozen=True)
class Mark:
    """A group, in pixels; low and high are y where it has no interval."""

    x: float
    low: float
    y: float
    high: float


@dataclass(frozen=True)
class Marks:
    """A panel of marks. line: path data of what they are held against."""

    model: str  # "" where it is that of the section
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    line: str


def calibration(judged: Mapping[str, Judged]) -> list[Marks]:
    """A panel for each model, on one scale: over the mean prediction of a tenth the mean of what was observed.

    judged: model -> its groups. The line is where both are the same.
    """
    groups = [group for one in judged.values() for group in one.tenths]
    means = np.array([value for group in groups for value in (group.predicted, *_observed(group))])
    x, y = number_axis(means, LEFT, RIGHT), number_axis(means, BOTTOM, TOP)
    line = f"M{x.start:.1f} {y.start:.1f}L{x.end:.1f} {y.end:.1f}"
    return [
        Marks(model, x, y, _marks(x, y, [group.predicted for group in one.tenths], map(_observed, one.tenths)), line)
        for model, one in judged.items()
    ]


def residual_by_hour(judged: Mapping[str, Judged]) -> list[Marks]:
    """A panel for each model, on one scale: the mean residual of each hour's posts. None where there are no hours."""
    hours = {model: one.hours for model, one in judged.items() if one.hours}
    residuals = np.array([value for groups in hours.values() for group in groups for value in _residual(group)])
    if not len(residuals):
        return []
    x, y = _hour_axis(), number_axis(np.append(residuals, 0.0), BOTTOM, TOP)
    line = f"M{LEFT} {y.zero:.1f}H{RIGHT}"
    return [
        Marks(model, x, y, _marks(x, y, [float(group.name) for group in groups], map(_residual, groups)), line)
        for model, groups in hours.items()
    ]


def shares_inside(groups: Sequence[Group], ticks: Sequence[str]) -> Marks | None:
    """The share of each group's rows that lie in their intervals, side by side; None where there are no intervals.

    ticks: a name for each group, "" for none. The line is the share that intervals are to hold.
    """
    shares = [group.inside for group in groups if group.inside is not None]
    if len(shares) < len(groups) or not shares:
        return None
    width = (RIGHT - LEFT) / len(groups)
    x = Axis(0, len(groups), LEFT, RIGHT, tuple((LEFT + (at + 0.5) * width, name) for at, name in enumerate(ticks)))
    scale = (TOP - BOTTOM) / 100
    y = Axis(0, 100, BOTTOM, TOP, tuple((BOTTOM + share * scale, str(share)) for share in SHARES))
    places = [at + 0.5 for at in range(len(groups))]
    marks = _marks(x, y, places, ((100 * share,) * 3 for share in shares))
    return Marks("", x, y, marks, f"M{LEFT} {BOTTOM + 100 * LEVEL * scale:.1f}H{RIGHT}")


def _marks(x: Axis, y: Axis, places: Sequence[float], values: Iterable[tuple[float, float, float]]) -> tuple[Mark, ...]:
    across = x.pixels(np.array(places)).tolist()
    return tuple(Mark(at, *y.pixels(np.array(told)).tolist()) for at, told in zip(across, values, strict=True))


def _hour_axis() -> Axis:
    scale = (RIGHT - LEFT) / 24
    return Axis(-0.5, 23.5, LEFT, RIGHT, tuple((LEFT + (hour + 0.5) * scale, str(hour)) for hour in HOURS))


def _residual(group: Group) -> tuple[float, float, float]:
    """Low end, mean, high end."""
    low, high = group.interval or (group.residual, group.residual)
    return low, group.residual, high


def _observed(group: Group) -> tuple[float, float, float]:
    """The same of what was observed: of the residual, above the mean prediction."""
    low, middle, high = _residual(group)
    return group.predicted + low, group.predicted + middle, group.predicted + high
