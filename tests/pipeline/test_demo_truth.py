"""What the models find in the demo is what was put into it (data/raw/demo/truth.json)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from kit.project import DemoProject, lay_out, set_param
from popularity import paths
from popularity.dataset.features import FeatureMaker
from popularity.dataset.table import read_dataset
from popularity.files import read_json
from popularity.posts import read_table
from popularity.settings import load_settings

pytestmark = pytest.mark.long

WORLDS = range(3000, 3005)


def truth() -> pd.DataFrame:
    """Each post's true effects, index pid."""
    posts = read_json(paths.raw("demo") / "truth.json")["posts"]
    return pd.DataFrame({int(pid): post["effects"] for pid, post in posts.items()}).T


def training(name: str) -> pd.Series:
    """Out-of-fold predictions of a model on the training posts with a photo, index pid."""
    rows = read_dataset(paths.DATASET).of("posts_with_photo")
    table = read_table(paths.predictions(name))
    predictions = table[table["population"] == "posts_with_photo"].set_index("pid")["prediction"]
    return predictions.loc[rows.pid[rows.train]]


def test_words_follow_their_true_effects(demo_photos: DemoProject) -> None:
    demo_photos.run("dataset")
    frame = read_dataset(paths.DATASET).frame.set_index("pid")
    frame = frame[frame["split"] == "train"]
    options, effects = load_settings().dataset, truth().loc[frame.index]
    label, fold = frame["label"].to_numpy(np.float64), frame["fold"].to_numpy(np.int64)
    scores = pd.DataFrame(FeatureMaker.fit_transform(frame, label, fold, options)[1], columns=list(options.features))
    assert spearmanr(scores["tag_score"], effects["tags"]).statistic > 0.5
    assert spearmanr(scores["title_score"], effects["title"]).statistic > 0.3
    assert spearmanr(frame["sentiment"], effects["sentiment"]).statistic > 0.6


def test_out_of_fold_image_predictions_follow_the_true_photo_effect(demo_photos: DemoProject) -> None:
    for stage in ("dataset", "train_image"):
        demo_photos.run(stage)
    predictions = training("image")
    assert spearmanr(predictions, truth().loc[predictions.index, "photo"]).statistic > 0.4


def test_the_photo_lowers_the_error_in_the_mean_of_five_worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gains = []
    for seed in WORLDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        monkeypatch.chdir(folder)
        lay_out(folder)
        set_param(folder, "base.seed", seed)
        project = DemoProject(folder, monkeypatch)
        for stage in ("demo", "ingest", "fetch", "filter_links", "text_features", "image_embeddings"):
            project.run(stage, "demo")
        for stage in ("dataset", "train_cnn", "train_image", "fuse"):
            project.run(stage)
        rows = read_dataset(paths.DATASET).of("posts_with_photo")
        label = pd.Series(rows.label, index=rows.pid)
        mae = {name: (training(name) - label).abs().dropna().mean() for name in ("cnn", "multimodal")}
        print(f"seed {seed}: out-of-fold MAE cnn {mae['cnn']:.4f}, multimodal {mae['multimodal']:.4f}")
        gains.append(mae["cnn"] - mae["multimodal"])
    assert np.mean(gains) > 0
