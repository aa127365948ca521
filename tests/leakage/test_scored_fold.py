"""A model that is scored on a fold is fitted, with all that it is made of, without that fold's labels."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.dataset_rows import dataset_rows, write_rows
from kit.project import ROOT, set_param
from popularity import paths
from popularity.posts import read_table
from stages import fuse, train_cnn, train_image, train_rf

POSTS, FOLDS, CHANGED = 120, 3, 2
PID = np.arange(1, POSTS + 1)
FOLD = np.where(np.arange(POSTS) % 6 > 0, np.arange(POSTS) % FOLDS, -1)


def lay_out(folder: Path) -> pd.DataFrame:
    """100 training and 20 test posts, all with a photo."""
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "expectations").symlink_to(ROOT / "expectations")
    for key, value in {"train_rf.trees": 5, "train_cnn.epochs": 1, "fuse.epochs": 1}.items():
        set_param(folder, key, value)
    embeddings = np.random.default_rng(4).normal(size=(POSTS, 32)).astype(np.float16)
    paths.embeddings("demo").mkdir(parents=True)
    np.save(paths.embeddings("demo") / "pids.npy", PID)
    np.save(paths.embeddings("demo") / "embeddings.npy", embeddings)
    return dataset_rows(PID, FOLD, np.ones(POSTS, dtype=bool))


def changed_folds(name: str, before: pd.DataFrame) -> set[int]:
    """Folds (-1: the test rows) in which a prediction is another than before."""
    after = read_table(paths.predictions(name))
    return {int(FOLD[pid - 1]) for pid in before["pid"][(after["prediction"] != before["prediction"]).to_numpy()]}


@pytest.mark.parametrize(
    ("stage", "name", "fair"),
    [
        (train_rf, "rf", True),
        (train_rf, "rf_naive", False),
        pytest.param(train_cnn, "cnn", True, marks=pytest.mark.slow),
        pytest.param(train_image, "image", True, marks=pytest.mark.slow),
        pytest.param(fuse, "multimodal", True, marks=pytest.mark.slow),
    ],
)
def test_a_folds_labels_change_the_predictions_of_all_others_and_not_its_own(
    stage, name: str, fair: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = lay_out(tmp_path)
    write_rows(rows)
    stage.main()
    before = read_table(paths.predictions(name))
    write_rows(rows.assign(label=rows["label"].where(rows["fold"] != CHANGED, 14 - rows["label"])))
    stage.main()
    others = {-1, *range(FOLDS)} - {CHANGED}
    assert changed_folds(name, before) == (others if fair else {-1, *range(FOLDS)})
