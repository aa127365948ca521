"""A model that is scored on a fold is fitted, with all that it is made of, without that fold's labels."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.dataset_rows import dataset_rows, write_rows
from kit.project import ROOT, set_param
from popularity import paths
from popularity.dataset.protocols import cuts
from popularity.dataset.table import Dataset
from popularity.posts import read_table
from popularity.settings import load_settings
from stages import fuse, train_boosted, train_cnn, train_image, train_rf

POSTS, FOLDS, CHANGED = 120, 3, 2
PID = np.arange(1, POSTS + 1)
FOLD = np.where(np.arange(POSTS) % 6 > 0, np.arange(POSTS) % FOLDS, -1)


def lay_out(folder: Path) -> pd.DataFrame:
    """100 training and 20 test posts, all with a photo."""
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "expectations").symlink_to(ROOT / "expectations")
    few = {"train_rf.trees": 5, "train_cnn.epochs": 1, "fuse.epochs": 1, "train_boosted.trees": 10}
    for key, value in few.items():
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
        (train_boosted, "boosted", True),
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


@pytest.mark.parametrize(
    ("stage", "model", "protocol"),
    [
        (train_rf, "rf", "forward"),
        (train_rf, "rf", "new_users"),
        (train_boosted, "boosted", "forward"),
        (train_boosted, "boosted", "new_users"),
        (train_boosted, "boosted_waits", "forward"),
    ],
)
def test_under_other_protocols_a_scored_posts_own_label_changes_no_prediction_of_its_part(
    stage, model: str, protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = lay_out(tmp_path).assign(age_days=2.0 + np.arange(POSTS) % 20)
    set_param(tmp_path, "protocols.parts", 2)
    set_param(tmp_path, "label.horizon_days", 9.0)
    write_rows(rows)

    def predicted() -> pd.DataFrame:
        stage.main()
        table = read_table(paths.protocols(model.removesuffix("_waits")))
        return table[(table["protocol"] == protocol) & (table["model"] == model)].reset_index(drop=True)

    before = predicted()
    assert len(before)
    last = cuts(protocol, Dataset(rows).of("all_posts"), load_settings().protocols)[-1].scored
    write_rows(rows.assign(label=rows["label"].where(~last, 14 - rows["label"])))
    changed = (predicted()["prediction"] != before["prediction"]).to_numpy()
    of_last = before["pid"].isin(rows.loc[last, "pid"]).to_numpy()
    assert not changed[of_last].any()
    assert set(changed[~of_last]) == {protocol == "new_users"}
