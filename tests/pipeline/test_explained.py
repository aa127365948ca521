"""What the champion says of how sure it is and why adds up to what it predicts."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.small_project import Project
from popularity.files import read_json

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def boosted(template: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project whose champion is the boosted model; not to be changed."""
    project = template.copied(tmp_path_factory.mktemp("boosted") / "project")
    project.choose(all_posts="boosted", posts_with_photo="boosted")
    project.command("popularity", "champion", "create")
    return project


@pytest.fixture(scope="module")
def scores(boosted: Project) -> pd.DataFrame:
    boosted.command("popularity", "predict", "--batch", "demo", "--out", "scores.parquet", "--reasons")
    return pd.read_parquet(boosted.folder / "scores.parquet").set_index("pid")


def test_intervals_hold_the_prediction_and_are_those_of_evaluate(boosted: Project, scores: pd.DataFrame) -> None:
    assert (scores["low"] < scores["prediction"]).all()
    np.testing.assert_allclose(scores["high"] - scores["prediction"], scores["prediction"] - scores["low"])
    metrics = read_json(boosted.folder / "metrics/evaluate.json")
    widths = {
        round(one, 9) for name in ("all_posts", "posts_with_photo") for one in metrics[name]["best"]["half_widths"]
    }
    assert set((scores["high"] - scores["prediction"]).round(9)) <= widths
    assert metrics["all_posts"]["best"]["test"]["coverage"] > 0.7
    for name, plain in (("low", "count_low"), ("prediction", "count"), ("high", "count_high")):
        np.testing.assert_allclose(scores[plain], np.maximum(2 ** scores[name] - 1, 0))


def test_factors_lead_from_the_average_to_the_prediction(boosted: Project, scores: pd.DataFrame) -> None:
    pid = scores.index[7]
    said = boosted.command("popularity", "explain", str(pid))
    told = [float(one) for one in re.findall(r"x (\d+\.\d+)", said)]
    average = float(re.search(r"from ([\d,]+), what is predicted in the mean", said)[1].replace(",", ""))
    assert np.prod(told) == pytest.approx((scores.loc[pid, "count"] + 1) / (average + 1), rel=0.1)
    assert f"post {pid} by user " in said
    assert "the user" in said
    assert "UTC" in said
    assert "of this user's" in said
    in_a_line = [float(one) for one in re.findall(r"x (\d+\.\d+)", scores.loc[pid, "reasons"])]
    assert in_a_line == told


def test_a_model_that_tells_no_reasons_says_so(crowned: Project) -> None:
    refused = crowned.refusal("explain", str(first_pid(crowned.folder)))
    assert re.search(r"(cnn|multimodal) of v0001 tells no reasons", refused)


def test_a_post_that_no_batch_has_is_named(boosted: Project) -> None:
    assert "no batch has a post 17" in boosted.refusal("explain", "17")


def first_pid(folder: Path) -> int:
    return int(pd.read_parquet(folder / "data/posts/demo.parquet", columns=["pid"])["pid"].iloc[0])
