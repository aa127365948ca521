"""Lines and distributions lie where their values say."""

import re

import numpy as np

from popularity.pages.sparks import BATCHES, HEIGHT, MARGIN, WIDTH, Scale, distributions, spark


def test_a_line_ends_at_its_batch_and_goes_over_unknown_values() -> None:
    scale = Scale.over([0.0, 1.0])
    line = spark([0.0, None, 1.0], scale, 2)
    bottom, top = HEIGHT - MARGIN, MARGIN
    assert line.path == f"M{MARGIN:.1f} {bottom:.1f}L{WIDTH - MARGIN:.1f} {top:.1f}h0"
    assert line.dot == (WIDTH - MARGIN, top)
    assert spark([0.0, None, 1.0], scale, 1).dot is None
    assert spark([None], scale, 0).path == ""


def test_a_line_shows_a_month_and_no_more() -> None:
    values: list[float | None] = [float(n) for n in range(BATCHES + 10)]
    line = spark(values, Scale.over(values), BATCHES + 9)
    assert line.path.count("L") == BATCHES - 1
    assert line.path.startswith(f"M{MARGIN:.1f}")


def test_bars_and_outline_have_one_area() -> None:
    values, reference = np.repeat([1.0, 2.0], 10), np.repeat([1.0, 2.0], 50)
    drawn = distributions(values, reference)
    tops = set(re.findall(r"V(\d+\.\d)H", drawn.bars))
    assert len(tops) == 1
    assert tops <= set(re.findall(r"V(\d+\.\d)", drawn.outline))
