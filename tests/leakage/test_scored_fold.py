"""A model that is scored on a fold trains on features that nobody made with that fold's labels."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.project import ROOT, set_param
from popularity import paths
from popularity.dataset.table import NAIVE, write_dataset
from popularity.posts import PREDICTIONS, PREDICTIONS_WITHOUT, read_table, write_table
from popularity.settings import CON_SOC
from stages import fuse, train_cnn, train_rf

POSTS, FOLDS, CHANGED = 120, 3, 2
RNG = np.random.default_rng(4)
FOLD = np.where(np.arange(POSTS) % 6 > 0, np.arange(POSTS) % FOLDS, -1)


def dataset() -> pd.DataFrame:
    """100 training and 20 test posts, all with a photo; each score without a fold is the score itself."""
    features = RNG.normal(size=(POSTS, 14))
    train = FOLD >= 0
    frame = pd.DataFrame(features, columns=[f"x_{name}" for name in CON_SOC]).assign(
        pid=np.arange(1, POSTS + 1),
        uid=1,
        batch="demo",
        postdate=0,
        split=np.where(train, "train", "test"),
        group=np.where(train, np.arange(1, POSTS + 1), -1),
        fold=FOLD,
        has_photo=True,
        label=np.where(train, 6 + features.sum(axis=1), np.nan),
    )
    scores = {f"without_{fold}_{name}": frame[f"x_{name}"] for fold in range(FOLDS) for name in CON_SOC[11:13]}
    naive = {f"{name}{NAIVE}": frame[f"x_{name}"] for name in CON_SOC[11:13]}
    return frame.assign(**scores, **naive)


def image() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The image model's predictions, and those without one more fold."""
    plain = pd.DataFrame({"population": "posts_with_photo", "pid": np.arange(1, POSTS + 1)})
    plain["prediction"] = RNG.normal(6, 1, POSTS)
    parts = [plain[(FOLD >= 0) & ~np.isin(FOLD, fold)].assign(fold=fold) for fold in range(FOLDS)]
    return plain, pd.concat(parts)


def write(frame: pd.DataFrame, plain: pd.DataFrame, without: pd.DataFrame) -> None:
    write_dataset(paths.DATASET, frame, CON_SOC)
    write_table(paths.predictions("image"), plain, PREDICTIONS)
    write_table(paths.predictions_without("image"), without, PREDICTIONS_WITHOUT)


def changed_folds(name: str, before: pd.DataFrame) -> set[int]:
    """Folds (-1: the test rows) in which a prediction is another than before."""
    after = read_table(paths.predictions(name))
    return {int(FOLD[pid - 1]) for pid in before["pid"][(after["prediction"] != before["prediction"]).to_numpy()]}


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        (train_rf, "rf"),
        pytest.param(train_cnn, "cnn", marks=pytest.mark.slow),
        pytest.param(fuse, "multimodal", marks=pytest.mark.slow),
    ],
)
def test_only_the_scored_fold_depends_on_what_was_made_without_it(
    stage, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "expectations").symlink_to(ROOT / "expectations")
    for key, value in {"train_rf.trees": 5, "train_cnn.epochs": 1, "fuse.epochs": 1}.items():
        set_param(tmp_path, key, value)
    frame, (plain, without) = dataset(), image()
    write(frame, plain, without)
    stage.main()
    before = read_table(paths.predictions(name))
    column = f"without_{CHANGED}_tag_score"
    write(frame.assign(**{column: -frame[column]}), plain, without)
    stage.main()
    assert changed_folds(name, before) == {CHANGED}
    if name == "multimodal":
        turned = without["prediction"].where(without["fold"] != CHANGED, 12 - without["prediction"])
        write(frame, plain, without.assign(prediction=turned))
        stage.main()
        assert changed_folds(name, before) == {CHANGED}
