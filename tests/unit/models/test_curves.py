"""What the curves of fits are, and that writing them leaves nothing else behind."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.dataset_rows import dataset_rows
from popularity.dataset.table import Dataset
from popularity.models.curves import write_curves
from popularity.models.evidence import Evidence, Lesson, evidence_of
from popularity.models.forest import Forest
from popularity.models.fusion import Multimodal
from popularity.models.losses import losses_of
from popularity.models.on_evidence import OnFeatures, OnRows
from popularity.models.out_of_fold import Fit, Learner
from popularity.models.same_fits import SameFits
from popularity.settings import load_settings

SETTINGS = load_settings()
ROWS = np.arange(20)
DATASET = Dataset(dataset_rows(ROWS, ROWS % 4, ROWS % 2 == 0))
LESSON = Lesson(evidence_of(DATASET), DATASET.of("all_posts").label, ROWS % 4, np.ones(20, dtype=bool))


class Network:
    """Counts its fits, and tells what it is given as losses."""

    def __init__(self, *losses: float) -> None:
        self.losses = list(losses)

    def fit(self, X: object, y: object) -> None: ...

    def predict(self, X: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> object:
        return np.zeros(len(X))

    def save(self, folder: Path) -> None: ...


def reads(evidence: Evidence) -> object:
    return np.zeros((len(evidence.posts), 1))


def fit_of(population: str, model: object) -> Fit[Learner]:
    return Fit(DATASET.of(population), model, np.empty(0))  # type: ignore[arg-type]


FITS = [fit_of("all_posts", Network(1.0, 0.9839232563972473)), fit_of("posts_with_photo", Network(1.0, 0.1, 0.05))]


def test_a_curve_has_the_loss_of_each_epoch_to_the_last_bit(tmp_path: Path) -> None:
    write_curves(tmp_path / "curves/cnn", FITS)
    for fit in FITS:
        file = tmp_path / f"curves/cnn/{fit.population.name}/loss.tsv"
        curve = pd.read_csv(file, sep="\t", float_precision="round_trip")
        assert list(curve.columns) == ["step", "loss"]
        assert list(curve["step"]) == list(range(len(losses_of(fit.model))))
        assert list(curve["loss"]) == losses_of(fit.model)


def test_writing_again_leaves_the_same_bytes_and_nothing_beside_them(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        write_curves(tmp_path / "curves", FITS)
        found.append({file.relative_to(tmp_path).as_posix(): file.read_bytes() for file in tmp_path.rglob("*.*")})
    assert found[0] == found[1]
    assert set(found[0]) == {"curves/all_posts/loss.tsv", "curves/posts_with_photo/loss.tsv"}


def test_a_curve_of_an_earlier_run_goes(tmp_path: Path) -> None:
    write_curves(tmp_path / "curves", FITS)
    write_curves(tmp_path / "curves", FITS[:1])
    assert [file.name for file in (tmp_path / "curves").iterdir()] == ["all_posts"]


def test_what_is_not_trained_in_epochs_and_what_was_not_fitted_has_no_row_but_a_file(tmp_path: Path) -> None:
    """So that git, which keeps no empty folder, has what DVC asks for in a clone."""
    forest = OnFeatures(Forest(SETTINGS.train_rf, 1), SETTINGS.dataset)
    write_curves(tmp_path / "none", [fit_of("all_posts", None), fit_of("posts_with_photo", forest)])
    found = {file.parent.name: file.read_text() for file in (tmp_path / "none").rglob("*.tsv")}
    assert found == dict.fromkeys(("all_posts", "posts_with_photo"), "step\tloss\n")


def test_losses_are_told_through_whatever_picks_a_networks_rows_or_keeps_its_fits() -> None:
    kept = SameFits(lambda: OnRows(Network(3.0, 2.0), reads))()  # type: ignore[arg-type]
    kept.fit(LESSON)
    assert losses_of(kept) == [3.0, 2.0]
    assert losses_of(OnFeatures(Network(1.5), SETTINGS.dataset)) == [1.5]  # type: ignore[arg-type]
    both = Multimodal(Network(0.5), SETTINGS.dataset, lambda: OnRows(Network(9.0), reads))  # type: ignore[arg-type]
    both.fit(LESSON)
    assert losses_of(both) == [0.5]


WRITES = """
from pathlib import Path
from types import SimpleNamespace as Is
from popularity.models.curves import write_curves
write_curves(Path("plots/curves/cnn"), [Is(population=Is(name="all_posts"), model=Is(losses=[2.0, 1.5]))])
"""


@pytest.mark.slow
def test_in_a_repository_nothing_is_staged_saved_or_printed(tmp_path: Path) -> None:
    """Where DVC runs the stage as one of an experiment, and somebody is logged in to its Studio."""
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=tmp_path, check=True)

    def state() -> tuple[str, set[str]]:
        staged = subprocess.run(
            ["git", "diff", "--cached", "--name-only"], cwd=tmp_path, capture_output=True, text=True
        )
        return staged.stdout, {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}

    before = state()
    of_dvc = {"DVC_ROOT": str(tmp_path), "DVC_EXP_BASELINE_REV": "0" * 40, "DVC_EXP_NAME": "one"}
    studio = {"DVC_STUDIO_TOKEN": "a-token", "DVC_STUDIO_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WRITES],
        cwd=tmp_path, env=os.environ | of_dvc | studio, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    staged, files = state()
    assert staged == before[0]
    assert files - before[1] == {"plots/curves/cnn/all_posts/loss.tsv"}
