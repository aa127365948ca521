"""Small drawings for the pages of monitoring, as SVG paths: lines over batches, and two distributions on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from popularity.arrays import FloatArray
from popularity.pages.charts import Axis, number_axis

WIDTH, HEIGHT, MARGIN = 120.0, 28.0, 3.0
BATCHES = 30
"""The latest batches on one line: a month."""
PLOT_WIDTH, PLOT_HEIGHT = 640.0, 206.0
LEFT, RIGHT, TOP, BOTTOM = 8.0, 632.0, 8.0, 172.0
BINS = 32


@dataclass(frozen=True)
class Spark:
    """A line over batches up to one of them, which has the dot (x, y), or None where it has no value."""

    path: str
    dot: tuple[float, float] | None


@dataclass(frozen=True)
class Scale:
    """The values at the bottom and the top of a line; the same for all lines of a column."""

    low: float
    high: float

    @classmethod
    def over(cls, *series: Sequence[float | None], low: float | None = None, high: float | None = None) -> "Scale":
        """The scale that shows every value; low, high: ends that it has at least."""
        known = [value for values in series for value in values if value is not None]
        known += [end for end in (low, high) if end is not None] or ([] if known else [0.0])
        return cls(min(known), max(known))

    def pixel(self, value: float) -> float:
        """How far down a value lies."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)


def spark(values: Sequence[float | None], scale: Scale, last: int) -> Spark:
    """The line of the values up to the one in place `last`, which has the dot; it goes straight over those unknown.

    Where all values fill no line, each batch has the same place in every line.
    """
    shown = values[max(last + 1 - BATCHES, 0) : last + 1]
    ahead = min(len(values), BATCHES) - len(shown)
    step = (WIDTH - 2 * MARGIN) / max(min(len(values), BATCHES) - 1, 1)
    points = [
        (WIDTH - MARGIN - (ahead + len(shown) - 1 - place) * step, scale.pixel(value))
        for place, value in enumerate(shown)
        if value is not None
    ]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dot = (round(points[-1][0], 1), round(points[-1][1], 1)) if shown[-1] is not None else None
    return Spark(f"M{path}h0" if path else "", dot)


@dataclass(frozen=True)
class Distributions:
    """A batch's values as bars, what they are compared with as an outline; each has the same area."""

    x: Axis
    bars: str
    outline: str  # "" where there is nothing to compare with


def distributions(values: FloatArray, reference: FloatArray) -> Distributions:
    """Of values of shape (n,), n >= 1, and of a reference of any size, all finite."""
    both = np.concatenate([values, reference])
    x = number_axis(both, LEFT, RIGHT)
    edges = np.linspace(x.low, x.high, BINS + 1)
    shares = [np.histogram(side, edges)[0] / max(len(side), 1) for side in (values, reference)]
    tallest = max(float(side.max()) for side in shares)
    tops, outline = (BOTTOM - side / tallest * (BOTTOM - TOP) for side in shares)
    at = x.pixels(edges)
    bars = "".join(
        f"M{a + 0.5:.1f} {BOTTOM:.1f}V{top:.1f}H{b - 0.5:.1f}V{BOTTOM:.1f}Z"
        for a, b, top in zip(at[:-1], at[1:], tops, strict=True)
        if top < BOTTOM
    )
    steps = "".join(f"V{top:.1f}H{b:.1f}" for b, top in zip(at[1:], outline, strict=True))
    return Distributions(x, bars, f"M{at[0]:.1f} {BOTTOM:.1f}{steps}V{BOTTOM:.1f}" if len(reference) else "")
