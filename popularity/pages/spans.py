"""Errors with their intervals as an SVG: a row a model, a column a protocol, one scale for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from popularity.catalogue import BASELINE
from popularity.evaluation.figures import Figures
from popularity.pages.charts import Axis, number_axis

WIDTH = 680
LEFT, TOP = 230, 22  # room for the models' names, and for the protocols'
ROW, GAP = 18, 22  # from row to row, and between columns


@dataclass(frozen=True)
class Span:
    """A model's MAE and interval, in pixels; low and high are `at` where there is no interval."""

    y: float
    low: float
    at: float
    high: float


@dataclass(frozen=True)
class Column:
    """A protocol's errors, in pixels."""

    protocol: str
    x: Axis
    baseline: float  # where the user's mean lies
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Spans:
    """The drawing."""

    names: tuple[tuple[float, str], ...]  # y, model
    columns: tuple[Column, ...]
    bottom: float  # of the rows; ticks stand below


def draw_spans(figures: Mapping[str, Mapping[str, Figures]], models: Sequence[str]) -> Spans:
    """The MAE of the models that ran a protocol. figures: protocol, at least one -> model -> figures of n >= 1 rows."""
    y = {model: TOP + ROW * (place + 0.5) for place, model in enumerate(models)}
    spans = {
        protocol: {model: _numbers(found[model]) for model in models if model in found}
        for protocol, found in figures.items()
    }
    every = np.array([value for found in spans.values() for numbers in found.values() for value in numbers])
    width = (WIDTH - LEFT - GAP * len(spans)) / len(spans)
    columns = []
    for place, (protocol, found) in enumerate(spans.items()):
        start = LEFT + place * (width + GAP)
        x = number_axis(every, start, start + width)
        at = {model: x.pixels(np.array(numbers)).tolist() for model, numbers in found.items()}
        drawn = tuple(Span(y[model], *pixels) for model, pixels in at.items())
        columns.append(Column(protocol, x, at[BASELINE][1], drawn))
    return Spans(tuple((at, model) for model, at in y.items()), tuple(columns), TOP + ROW * len(models))


def _numbers(figures: Figures) -> tuple[float, float, float]:
    """Low end, MAE, high end."""
    mae = figures.mae if figures.mae is not None else np.nan
    low, high = figures.mae_interval or (mae, mae)
    return low, mae, high
