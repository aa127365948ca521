"""What the curves of fits are, and that writing them leaves nothing else behind."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.dataset_rows import dataset_rows
from popularity.dataset.table import Dataset
from popularity.models.cnn import Cnn
from popularity.models.curves import write_curves
from popularity.models.evidence import evidence_of
from popularity.models.forest import Forest
from popularity.models.image_head import ImageHead
from popularity.models.losses import losses_of
from popularity.models.on_evidence import OnFeatures, OnRows
from popularity.models.out_of_fold import Fit, fit_out_of_fold
from popularity.models.same_fits import SameFits
from popularity.settings import load_settings

SETTINGS = load_settings()
ROWS = np.arange(80)
DATASET = Dataset(dataset_rows(ROWS, ROWS % 4 - (ROWS % 4 == 3) * 4, ROWS % 2 == 0))
CNN = SETTINGS.train_cnn.model_copy(update={"epochs": 3})


def fitted() -> list[Fit[OnFeatures]]:
    return [
        fit_out_of_fold(DATASET.of(name), evidence_of(DATASET), lambda: OnFeatures(Cnn(CNN, 7), SETTINGS.dataset), name="")
        for name in ("all_posts", "posts_with_photo")
    ]


@pytest.fixture(scope="module")
def fits() -> list[Fit[OnFeatures]]:
    return fitted()


def test_a_curve_is_the_loss_of_each_epoch_of_the_fit_that_is_kept(
    fits: list[Fit[OnFeatures]], tmp_path: Path
) -> None:
    write_curves(tmp_path / "curves/cnn", fits)
    for fit in fits:
        assert fit.model is not None
        curve = pd.read_csv(tmp_path / f"curves/cnn/{fit.population.name}/loss.tsv", sep="\t")
        assert list(curve["step"]) == [0, 1, 2]
        assert list(curve["loss"]) == losses_of(fit.model)
    assert {len(losses_of(fit.model)) for fit in fits} == {3}
    assert losses_of(fits[0].model) != losses_of(fits[1].model)


def test_losses_are_those_of_labels_in_deviations_from_their_mean() -> None:
    """So a network that starts from the mean starts at 1."""
    head = ImageHead(SETTINGS.train_image.head.model_copy(update={"learning_rate": 1e-9, "epochs": 2}), 7)
    random = np.random.default_rng(1)
    X, y = random.normal(size=(64, 5)), random.normal(7, 3, 64)
    head.fit(X, y)
    np.testing.assert_allclose(head.losses, [1, 1], atol=1e-3)


def test_writing_again_leaves_the_same_bytes_and_nothing_beside_them(
    fits: list[Fit[OnFeatures]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("mine: 1\n")
    for _ in range(2):
        write_curves(Path("plots/curves/cnn"), fits)
    first = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert {file.relative_to(tmp_path).as_posix() for file in first} == {
        "params.yaml",
        "plots/curves/cnn/all_posts/loss.tsv",
        "plots/curves/cnn/posts_with_photo/loss.tsv",
    }
    write_curves(Path("plots/curves/cnn"), fitted())
    assert {file: file.read_bytes() for file in first} == first


def test_what_is_not_trained_in_epochs_and_what_was_not_fitted_has_no_curve(tmp_path: Path) -> None:
    write_curves(tmp_path / "none", [Fit(DATASET.of("all_posts"), None, np.empty(0))])
    assert list((tmp_path / "none").iterdir()) == []
    assert losses_of(OnFeatures(Forest(SETTINGS.train_rf, 1), SETTINGS.dataset)) == []


def test_an_image_model_that_is_kept_tells_the_losses_of_its_head() -> None:
    """Through what picks its rows and what keeps its fits."""

    class Head:
        losses = (3.0, 2.0)

        def fit(self, X: object, y: object) -> None: ...

    kept = SameFits(lambda: OnRows(Head(), lambda evidence: np.zeros((len(evidence.posts), 1))))()  # type: ignore[arg-type]
    population = DATASET.of("all_posts")
    train = population.train
    from popularity.models.evidence import Lesson

    kept.fit(Lesson(evidence_of(DATASET).of(train), population.label[train], population.fold[train], np.ones(train.sum(), bool)))
    assert losses_of(kept) == (3.0, 2.0)


IN_GIT = """
import numpy as np
from pathlib import Path
from popularity.models.curves import write_curves
from popularity.models.out_of_fold import Fit
class Model:
    losses = [2.0, 1.5]
class All:
    name = "all_posts"
write_curves(Path("plots/curves/cnn"), [Fit(All, Model(), np.empty(0))])
"""


@pytest.mark.slow
def test_in_a_repository_nothing_is_staged_saved_or_printed(tmp_path: Path) -> None:
    """Also where DVC runs the stage as one of an experiment."""
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=tmp_path, check=True)

    def state() -> tuple[str, set[str]]:
        staged = subprocess.run(["git", "diff", "--cached", "--name-only"], cwd=tmp_path, capture_output=True, text=True)
        files = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
        return staged.stdout, {file for file in files if not file.startswith(".dvc/tmp/btime")}

    import os

    of_dvc = {"DVC_ROOT": str(tmp_path), "DVC_EXP_BASELINE_REV": "0" * 40, "DVC_EXP_NAME": "one"}
    before = state()
    done = subprocess.run(
        [sys.executable, "-c", IN_GIT], cwd=tmp_path, env=os.environ | of_dvc, capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""
    staged, files = state()
    assert staged == before[0]
    assert files - before[1] == {"plots/curves/cnn/all_posts/loss.tsv"}
