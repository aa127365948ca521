"""`popularity explain` and `predict --reasons`, whichever models are best."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from kit.bundles import crown, sign
from popularity import paths
from popularity.cli import cli
from popularity.dataset.table import read_dataset
from popularity.errors import UserError
from popularity.files import write_json
from popularity.models.background import FILE
from popularity.models.cnn import Cnn
from popularity.models.evidence import Lesson, evidence_with_embeddings
from popularity.models.forest import Forest
from popularity.models.fusion import Multimodal
from popularity.models.image_head import ImageHead
from popularity.models.on_evidence import OnFeatures, OnRows, embeddings
from popularity.posts import LABELS, LINKS, POSTS, read_table, write_table
from popularity.settings import load_settings
from popularity.text.features import TEXT

SCORED = 12
"""Posts of the batch that are left to be scored: each is asked of thousands of mixtures."""


def call(*arguments: str) -> str:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False).output


def fit_and_crown() -> Path:
    """A forest for all posts and a multimodal model for those with a photo, of the demo's tables."""
    settings, dataset = load_settings(), read_dataset(paths.DATASET)
    rows, train = dataset.frame, (dataset.frame["split"] == "train").to_numpy(bool)
    evidence = evidence_with_embeddings(dataset, ["demo"]).of(train)
    label, part = rows["label"].to_numpy(np.float64)[train], rows["fold"].to_numpy(np.int64)[train] % 2
    forest = OnFeatures(Forest(settings.train_rf.model_copy(update={"trees": 10}), 1), settings.dataset)
    forest.fit(Lesson(evidence, label, part, np.ones(len(label), dtype=bool)))
    once = {"epochs": 1}
    head, cnn = settings.train_image.head.model_copy(update=once), settings.fuse.model_copy(update=once)
    fused = Multimodal(Cnn(cnn, 1), settings.dataset, lambda: OnRows(ImageHead(head, 1), embeddings))
    fused.fit(Lesson(evidence, label, part, evidence.has_photo))
    return crown("v0001", {"all_posts": ("rf", forest), "posts_with_photo": ("multimodal", fused)})


def leave_few() -> None:
    """Take all but a few posts out of the batch that is scored."""
    kept = read_table(paths.posts("demo"))["pid"][:SCORED]
    for path, schema in ((paths.posts, POSTS), (paths.labels, LABELS), (paths.links, LINKS), (paths.text, TEXT)):
        table = read_table(path("demo"))
        write_table(path("demo"), table[table["pid"].isin(kept)], schema)
    made = {"backbone": "efficientnet_lite0", "weights_sha256": None, "runtime": "keras"}
    write_json(paths.embeddings("demo") / "meta.json", made)


@pytest.mark.slow
@pytest.mark.usefixtures("champion")
def test_of_a_champion_without_trees_factors_lead_from_the_mean_to_the_prediction_and_an_older_one_says_none() -> None:
    folder = fit_and_crown()
    leave_few()
    call("predict", "--batch", "demo", "--out", "scores.parquet", "--reasons")
    scores = pd.read_parquet("scores.parquet").set_index("pid")
    assert set(scores["model"]) == {"rf", "multimodal"}
    for pid, score in scores.groupby("model").head(2).iterrows():
        said = call("explain", str(pid))
        average = float(re.search(r"from ([\d,]+), what is predicted in the mean", said)[1].replace(",", ""))
        factors = [float(one) for one in re.findall(r"x (\d+\.\d+)", said)]
        assert [float(one) for one in re.findall(r"x (\d+\.\d+)", score["reasons"])] == factors
        rounded = sum(0.005 / one for one in factors) + 0.5 / (average + 1)
        assert rounded < 0.3
        assert np.prod(factors) == pytest.approx((score["count"] + 1) / (average + 1), rel=1.1 * rounded)
        assert f", {score['model']} of v0001" in said
        assert all(words in said for words in ("the user", "UTC", "tags"))
        share = float(re.search(r"more than (\d+)% of this user's", said)[1])
        assert share == pytest.approx(100 * score["above_own"], abs=0.51)

    for file in folder.rglob(FILE):
        file.unlink()
    sign(folder)
    with pytest.raises(UserError, match=r"of v0001 tells no reasons") as refused:
        call("explain", str(scores.index[0]))
    assert "popularity repro, then popularity champion create" in refused.value.next_step
