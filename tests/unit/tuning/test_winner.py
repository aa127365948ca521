"""What `popularity tune` makes of params.yaml."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kit.dataset_rows import dataset_rows, write_rows
from kit.project import lay_out, set_param
from popularity import paths
from popularity.cli import cli
from popularity.errors import UserError
from popularity.settings import load_settings
from popularity.tuning.spaces import TUNED
from popularity.tuning.winner import write_winner

SMALL = {"train_boosted.trees": 3, "train_boosted.losses": ["MAE"], "train_boosted.repeats": 1, "protocols.parts": 2}
ROWS = np.arange(300)
TRAIN = ROWS < 240


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Params, and a dataset whose labels take trees to tell: of a bend in a number. No file of test labels."""
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    for key, value in SMALL.items():
        set_param(tmp_path, key, value)
    rows = dataset_rows(ROWS, np.where(TRAIN, ROWS % 5, -1), ROWS < 0)
    bent = 6 + 3 * ((rows["tagcount"] - 20).abs() > 3) + np.random.default_rng(3).normal(0, 0.1, len(ROWS))
    write_rows(rows.assign(label=bent.where(TRAIN)))
    assert not paths.TEST_LABELS.exists()
    return tmp_path


def tune(*arguments: str) -> str:
    return CliRunner().invoke(cli, ["tune", *arguments], catch_exceptions=False).output


def test_the_lines_of_the_winner_change_and_no_other(project: Path) -> None:
    before, settings = paths.PARAMS.read_text(), load_settings()
    diff = write_winner(paths.PARAMS, TUNED["boosted"], settings, {"trees": 250, "depth": 6, "learning_rate": 0.0512})
    after = paths.PARAMS.read_text()
    assert load_settings().train_boosted == settings.train_boosted.model_copy(
        update={"trees": 250, "learning_rate": 0.0512}
    )
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    assert [new.split()[:2] for _, new in changed] == [["trees:", "250"], ["learning_rate:", "0.0512"]]
    assert "# of each fit" in changed[0][1]
    assert [line for line in diff.splitlines() if line.startswith("+  ")] == [f"+{new}" for _, new in changed]


def test_params_that_were_edited_meanwhile_are_left_alone(project: Path) -> None:
    settings = load_settings()
    set_param(project, "train_boosted.depth", 5)
    edited = paths.PARAMS.read_bytes()
    with pytest.raises(UserError, match="has changed since the search began; it found trees: 250"):
        write_winner(paths.PARAMS, TUNED["boosted"], settings, {"trees": 250})
    assert paths.PARAMS.read_bytes() == edited


@pytest.mark.slow
def test_too_few_trees_are_found_out_and_more_are_written(project: Path) -> None:
    settings, comments = load_settings(), paths.PARAMS.read_text().count("#")
    said = tune("--trials", "6")
    tuned = load_settings()
    assert tuned.train_boosted.trees >= 100
    assert tuned.model_copy(update={"train_boosted": settings.train_boosted}) == settings
    assert paths.PARAMS.read_text().count("#") == comments
    assert "-  trees: 3 " in said
    assert f"+  trees: {tuned.train_boosted.trees} " in said
    assert "next: `git diff params.yaml`" in said
    assert not paths.TEST_LABELS.exists()


@pytest.mark.parametrize("model", ["rf", "cnn"])
@pytest.mark.slow
def test_the_others_are_tuned_too(project: Path, model: str) -> None:
    set_param(project, "train_rf.trees", 5)
    set_param(project, "train_cnn.epochs", 1)
    assert f"{model}, protocol forward" in tune(model, "--trials", "2")


def test_without_a_gain_the_file_keeps_its_bytes(project: Path) -> None:
    rows = dataset_rows(ROWS, np.where(TRAIN, ROWS % 5, -1), ROWS < 0)
    write_rows(rows.assign(label=np.where(TRAIN, 7.0, np.nan)))  # no params predict it better than others
    before = paths.PARAMS.read_bytes()
    said = tune("--trials", "2")
    assert "no other params err less beyond chance: params.yaml stays as it is" in said
    assert paths.PARAMS.read_bytes() == before
    assert "no time was left to try others: params.yaml stays as it is" in tune("--minutes", "0")


def test_without_a_dataset_it_says_what_writes_one(project: Path) -> None:
    paths.DATASET.unlink()
    with pytest.raises(UserError, match=r"dataset\.parquet is not there\n  next: run `dvc repro`"):
        tune()


@pytest.mark.slow
def test_ctrl_c_writes_the_best_so_far(project: Path) -> None:
    run = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a shell's & ignores it
    code = f"{run}; runpy.run_module('popularity', run_name='__main__')"
    command = [sys.executable, "-c", code, "tune", "--minutes", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        said = b""
        while b": 4trial [" not in said:  # 3.24trial/s is no fourth one
            part = os.read(process.stderr.fileno(), 4096)
            assert part, said.decode()
            said += part
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        told = process.stdout.read().decode()
    assert process.returncode == 0
    assert told.startswith("stopped: what was found so far counts\n")
    assert load_settings().train_boosted.trees >= 100
