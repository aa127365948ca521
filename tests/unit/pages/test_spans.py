"""Errors are drawn where they lie, on one scale for all protocols."""

from dataclasses import replace

import pytest

from popularity.evaluation.figures import Figures
from popularity.pages.spans import LEFT, ROW, WIDTH, draw_spans

MEAN = Figures(0.5, 1.0, 2.0, 1.5, 40, 0.0, None, 2.0, None, None, (0.8, 1.2), None)
WORSE = replace(MEAN, mae=2.0, mae_interval=(1.6, 2.4))
ALONE = replace(MEAN, mae=1.2, mae_interval=None)


def test_an_interval_lies_around_its_error_on_the_scale_of_every_protocol() -> None:
    drawing = draw_spans(
        {"paper": {"user_mean": MEAN, "rf": WORSE}, "forward": {"user_mean": MEAN}}, ["user_mean", "rf"]
    )
    paper, forward = drawing.columns
    mean, worse = paper.spans
    assert mean.low < mean.at < mean.high < worse.at
    assert worse.at - mean.at == pytest.approx(2 * (worse.high - worse.at) / 0.8)
    assert forward.spans[0].at - forward.x.start == pytest.approx(mean.at - paper.x.start)
    assert forward.baseline == forward.spans[0].at
    assert paper.x.start == LEFT
    assert forward.x.end <= WIDTH


def test_a_model_has_one_row_in_every_column() -> None:
    paper = {"user_mean": MEAN, "rf": WORSE, "cnn": MEAN}
    forward = {"user_mean": MEAN, "cnn": WORSE}
    drawing = draw_spans({"paper": paper, "forward": forward}, ["user_mean", "rf", "cnn"])
    rows = {model: y for y, model in drawing.names}
    assert [span.y for span in drawing.columns[1].spans] == [rows["user_mean"], rows["cnn"]]
    assert rows["cnn"] - rows["user_mean"] == 2 * ROW


def test_without_an_interval_the_error_stands_alone() -> None:
    (column,) = draw_spans({"paper": {"user_mean": MEAN, "rf": ALONE}}, ["user_mean", "rf"]).columns
    assert column.spans[1].low == column.spans[1].at == column.spans[1].high
