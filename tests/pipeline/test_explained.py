"""What the champion says of how sure it is and why adds up to what it predicts."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.bundles import sign
from kit.small_project import Project
from popularity.files import read_json

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[("boosted", "boosted"), ("rf", "multimodal")], ids="-".join)
def told(request: pytest.FixtureRequest, template: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project whose champion is made of these models; not to be changed."""
    all_posts, posts_with_photo = request.param
    project = template.copied(tmp_path_factory.mktemp(all_posts) / "project")
    project.choose(all_posts=all_posts, posts_with_photo=posts_with_photo)
    project.command("popularity", "champion", "create")
    return project


@pytest.fixture(scope="module")
def scores(told: Project) -> pd.DataFrame:
    told.command("popularity", "predict", "--batch", "demo", "--out", "scores.parquet", "--reasons")
    return pd.read_parquet(told.folder / "scores.parquet").set_index("pid")


def test_intervals_hold_the_prediction_and_are_those_of_evaluate(told: Project, scores: pd.DataFrame) -> None:
    assert (scores["low"] < scores["prediction"]).all()
    np.testing.assert_allclose(scores["high"] - scores["prediction"], scores["prediction"] - scores["low"])
    metrics = read_json(told.folder / "metrics/evaluate.json")
    widths = {
        round(one, 9) for name in ("all_posts", "posts_with_photo") for one in metrics[name]["best"]["half_widths"]
    }
    assert set((scores["high"] - scores["prediction"]).round(9)) <= widths
    assert metrics["all_posts"]["best"]["test"]["coverage"] > 0.7
    for name, plain in (("low", "count_low"), ("prediction", "count"), ("high", "count_high")):
        np.testing.assert_allclose(scores[plain], np.maximum(2 ** scores[name] - 1, 0))


@pytest.mark.parametrize("which", [0, -1])
def test_factors_lead_from_the_average_to_the_prediction(told: Project, scores: pd.DataFrame, which: int) -> None:
    pid = scores.groupby("model").head(1).index[which]  # one that each model scores
    said = told.command("popularity", "explain", str(pid))
    factors = [float(one) for one in re.findall(r"x (\d+\.\d+)", said)]
    average = float(re.search(r"from ([\d,]+), what is predicted in the mean", said)[1].replace(",", ""))
    rounded = sum(0.005 / one for one in factors) + 0.5 / (average + 1)
    assert rounded < 0.3
    assert np.prod(factors) == pytest.approx((scores.loc[pid, "count"] + 1) / (average + 1), rel=1.1 * rounded)
    assert f"post {pid} by user " in said
    assert "the user" in said
    assert "UTC" in said
    share = re.search(r"more than (\d+)% of this user's", said)
    assert float(share[1]) == pytest.approx(100 * scores.loc[pid, "above_own"], abs=0.51)
    in_a_line = [float(one) for one in re.findall(r"x (\d+\.\d+)", scores.loc[pid, "reasons"])]
    assert in_a_line == factors


def test_shares_of_own_posts_are_of_those_learned_from(told: Project, scores: pd.DataFrame) -> None:
    posts = pd.read_parquet(told.folder / "data/dataset.parquet").set_index("pid")
    own = posts[posts["split"] == "train"].groupby("uid")["label"]
    expected = [
        (own.get_group(uid) < scores.loc[pid, "prediction"]).mean() if uid in own.groups else np.nan
        for pid, uid in posts.loc[scores.index, "uid"].items()
    ]
    np.testing.assert_allclose(scores["above_own"], expected)


def test_a_champion_of_before_says_that_it_tells_no_reasons(changed: Project) -> None:
    """The older one is of cnn and multimodal, and lacks what newer ones keep."""
    folder = changed.folder / "models/champions/v0001"
    for file in folder.rglob("background.npz"):
        file.unlink()
    sign(folder)
    refused = changed.refusal("explain", str(first_pid(changed.folder)))
    assert re.search(r"(cnn|multimodal) of v0001 tells no reasons", refused)
    assert "popularity repro, then popularity champion create" in refused


def test_a_post_that_no_batch_has_is_named(crowned: Project) -> None:
    assert "no batch has a post 17" in crowned.refusal("explain", "17")


def first_pid(folder: Path) -> int:
    return int(pd.read_parquet(folder / "data/posts/demo.parquet", columns=["pid"])["pid"].iloc[0])
