"""A candidate that is better on new posts and worse on old ones stays one; labels that nobody judged make none."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from flows import retrain
from kit.project import lay_out
from popularity import paths
from popularity.arrays import FloatArray
from popularity.files import write_json
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.labels_guard import LabelsVerdict
from popularity.monitoring.reference import FOLDER
from popularity.posts import PREDICTIONS, write_table
from popularity.registry import compare, create, history
from popularity.registry.compare import Comparison

BETTER = Comparison(champion_mae=2, candidate_mae=1, difference=-1, low=-1.2, high=-0.8, posts=90, users=9)
NIGHT = 1_456_871_000


POSTS, USERS = 500, 40
LABEL = np.random.default_rng(1).normal(7, 2, POSTS)
NOISE = np.random.default_rng(2).normal(0, 1, POSTS)


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A champion with the labels that it was judged by, which it missed by NOISE; the project's folder is entered."""
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    pid, uid = np.arange(POSTS), np.arange(POSTS) % USERS
    found = SimpleNamespace(version="v0001", folder=paths.champion("v0001"))
    (found.folder / FOLDER).mkdir(parents=True)
    KnownLabels(pid, uid, LABEL, LABEL + NOISE, np.full(POSTS, 7.0)).save(found.folder / FOLDER)
    return found


def write_candidate(prediction: FloatArray, first_pid: int = 0) -> None:
    """What the DAG's best model predicts, as its stages leave it."""
    pid = first_pid + np.arange(POSTS)
    for path in (paths.DATASET, paths.predictions("cnn")):
        path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"pid": pid, "has_photo": False}).to_parquet(paths.DATASET)
    table = pd.DataFrame({"population": "all_posts", "pid": pid, "prediction": prediction})
    write_table(paths.predictions("cnn"), table, PREDICTIONS)
    write_json(paths.metrics("evaluate"), {"all_posts": {"best": {"model": "cnn"}}})


def decided(monkeypatch: pytest.MonkeyPatch, bundle: SimpleNamespace) -> tuple[str, list[tuple[str, int]]]:
    """What is said, and what was promoted on which night."""
    promoted: list[tuple[str, int]] = []
    candidate = SimpleNamespace(version="v0002")
    monkeypatch.setattr(create, "doubts_of_figures", list)
    monkeypatch.setattr(create, "create_bundle", lambda settings: candidate)
    monkeypatch.setattr(history, "champion", lambda: bundle)
    monkeypatch.setattr(history, "rolled_back", list)
    monkeypatch.setattr(history, "promote", lambda version, on: promoted.append((version, on)) or candidate)
    monkeypatch.setattr(compare, "compare_with_dag", lambda champion, seed: BETTER)
    monkeypatch.setattr(retrain, "create_table_artifact", lambda *args, **kwargs: None)
    return retrain.decide.fn(asked=True, on=NIGHT), promoted


def test_worse_on_older_posts_beyond_chance_it_is_not_promoted(
    bundle: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_candidate(LABEL + 2 * NOISE)
    said, promoted = decided(monkeypatch, bundle)
    assert promoted == []
    assert re.match(
        r"the champion stays: on older test posts the candidate errs more: MAE 1\.\d+ against 0\.\d+, .*, "
        r"500 posts of 40 users; on the new ones the candidate errs less: MAE 1\.000 against 2\.000",
        said,
    )


@pytest.mark.parametrize(("first_pid", "compared"), [(0, True), (POSTS, False)], ids=["by chance", "none of them"])
def test_no_worse_than_by_chance_it_is(
    bundle: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, first_pid: int, compared: bool
) -> None:
    write_candidate(LABEL + np.random.default_rng(3).normal(0, 1, POSTS), first_pid)
    said, promoted = decided(monkeypatch, bundle)
    assert promoted == [("v0002", NIGHT)]
    assert said.startswith("v0002 is promoted: the candidate errs less")
    assert ("on older test posts the candidate errs no more than by chance" in said) == compared


@pytest.mark.parametrize(
    ("verdict", "refused"),
    [
        (LabelsVerdict("ok", "right"), []),
        (LabelsVerdict("ok", "right, 9 of other ages", 9), ["labels of night-1: right, 9 of other ages"]),
        (LabelsVerdict("not judged", "all of other ages", 20), ["labels of night-1: all of other ages"]),
        (LabelsVerdict("stop", "wrong"), ["labels of night-1: wrong"]),
    ],
)
def test_labels_that_nobody_could_judge_train_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: LabelsVerdict, refused: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    write_json(paths.night_record("night-1"), {})
    monkeypatch.setattr(retrain, "judge_table", lambda *_: verdict)
    assert retrain.refused_labels(["night-1", "added by hand"]) == refused
