"""Scatter panels as SVG paths: every row drawn, size bounded, colours left to the page.

The y axis' title stands above it, the x axis' below its ticks.

Rows are snapped to a grid and each cell is drawn once, darker where more rows share it: a panel of 50 rows and one
of 50,000 are both legible and at most some tens of kB.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray
from popularity.pages.page import MINUS

WIDTH, HEIGHT = 240, 240
LEFT, RIGHT, TOP, BOTTOM = 30.0, 234.0, 20.0, 206.0
CELLS = 68
SHADES = (1, 2, 4, 8)  # rows in a cell from which it takes the next shade
TREND_BINS = 10
INTERVALS = 4  # between ticks, at most
STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)  # from tick to tick, times a power of ten


@dataclass(frozen=True)
class Axis:
    """A linear scale from data to pixels, with the ticks on it."""

    low: float
    high: float
    start: float  # pixel of low
    end: float  # pixel of high
    ticks: tuple[tuple[float, str], ...]  # pixel, label

    def pixels(self, values: FloatArray) -> FloatArray:
        """Pixels of values, shape (n,)."""
        return self.start + (values - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def zero(self) -> float:
        """The pixel of 0."""
        return self.start - self.low / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True)
class Panel:
    """One model's panel: path data to draw."""

    model: str
    x: Axis
    y: Axis
    dots: tuple[str, ...]  # one path a shade, lightest first
    line: str  # identity or trend


def number_axis(values: FloatArray, start: float, end: float) -> Axis:
    """An axis over finite values, shape (n,), n >= 1."""
    low, high = float(values.min()), float(values.max())
    margin = (high - low) * 0.04 or 0.5
    low, high = low - margin, high + margin
    scale = (end - start) / (high - low)
    marks = round_numbers(low, high)
    return Axis(low, high, start, end, tuple((start + (t - low) * scale, f"{t:g}".replace("-", MINUS)) for t in marks))


def round_numbers(low: float, high: float) -> list[float]:
    """Two to five numbers within low < high, evenly spaced, multiples of a round step: the smallest that is enough."""
    least = (high - low) / INTERVALS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * part for part in STEPS if power * part >= least)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def date_axis(seconds: FloatArray, start: float, end: float) -> Axis:
    """An axis over Unix seconds, shape (n,), n >= 1, ticks at the starts of months, quarters or years."""
    low, high = float(seconds.min()), float(seconds.max())
    margin = (high - low) * 0.04 or 86400.0
    low, high = low - margin, high + margin
    first, last = pd.Timestamp(low, unit="s"), pd.Timestamp(high, unit="s")
    for frequency in ("MS", "QS", "YS", "2YS", "5YS"):
        days = pd.date_range(first.normalize() + pd.Timedelta(days=1), last, freq=frequency)
        if len(days) <= 5:
            break
    form = "%Y" if frequency.endswith("YS") else "%b %y"
    if days.empty:
        days, form = pd.DatetimeIndex([first + (last - first) / 2]), "%d %b %Y"
    scale = (end - start) / (high - low)
    return Axis(low, high, start, end, tuple((start + (d.timestamp() - low) * scale, d.strftime(form)) for d in days))


def _dots(x: FloatArray, y: FloatArray) -> tuple[str, ...]:
    cell = (RIGHT - LEFT) / CELLS
    cells, counts = np.unique(
        np.column_stack([np.floor((x - LEFT) / cell), np.floor((y - TOP) / cell)]), axis=0, return_counts=True
    )
    shade = np.searchsorted(SHADES, counts, side="right") - 1
    return tuple(
        "".join(
            f"M{LEFT + (i + 0.5) * cell:.0f} {TOP + (j + 0.5) * cell:.0f}h0" for i, j in cells[shade == level].tolist()
        )
        for level in range(len(SHADES))
    )


def _polyline(x: FloatArray, y: FloatArray) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def predicted_against_observed(table: pd.DataFrame, models: Sequence[str]) -> list[Panel]:
    """A panel for each model, both axes and all panels on one scale. table: n >= 1 rows of a scored table."""
    both = table[["observed", *models]].to_numpy(np.float64).ravel()
    x, y = number_axis(both, LEFT, RIGHT), number_axis(both, BOTTOM, TOP)
    diagonal = np.array([x.low, x.high])
    observed = y.pixels(table["observed"].to_numpy(np.float64))
    return [
        Panel(
            model,
            x,
            y,
            _dots(x.pixels(table[model].to_numpy(np.float64)), observed),
            _polyline(x.pixels(diagonal), y.pixels(diagonal)),
        )
        for model in models
    ]


def residual_over_time(table: pd.DataFrame, models: Sequence[str]) -> list[Panel]:
    """A panel for each model, all on one scale; the line is the mean residual of tenths of the rows by date."""
    table = table.sort_values("postdate", kind="stable")
    date = table["postdate"].to_numpy(np.float64)
    residuals = table["observed"].to_numpy(np.float64)[:, None] - table[list(models)].to_numpy(np.float64)
    x = date_axis(date, LEFT, RIGHT)
    y = number_axis(np.append(residuals.ravel(), 0.0), BOTTOM, TOP)
    parts = [part for part in np.array_split(np.arange(len(table)), TREND_BINS) if len(part)]
    centres = np.array([date[part].mean() for part in parts])
    return [
        Panel(
            model,
            x,
            y,
            _dots(x.pixels(date), y.pixels(residual)),
            _polyline(x.pixels(centres), y.pixels(np.array([residual[part].mean() for part in parts]))),
        )
        for model, residual in zip(models, residuals.T, strict=True)
    ]
