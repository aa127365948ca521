"""Choices that cannot be meant are refused, with their key."""

from pathlib import Path

import pytest
from project import ROOT, set_param

from popularity.errors import UserError
from popularity.settings import load_settings


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("monitoring.methods", {"hour": "wasserstein"}, "methods must name each column of drift once: alive, "),
        ("monitoring.draws", 100, "monitoring.draws: .* greater than or equal to 500"),
        ("monitoring.verdict.alive", "panic", "monitoring.verdict.alive: .* 'ok', 'watch', 'retrain' or 'stop'"),
        (
            "train_image.finetune.trainable",
            "last_n",
            "train_image.finetune: .* last_n is a number with trainable: last_n",
        ),
        ("train_image.finetune.last_n", 3, "train_image.finetune: .* null with any other"),
        ("train_image.mode", "none", "train_image.mode: .* 'head' or 'finetune'"),
        ("label.min_age_days", 0, "label.min_age_days: .* greater than 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, key: str, value: object, problem: str) -> None:
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    set_param(tmp_path, key, value)
    with pytest.raises(UserError, match=problem):
        load_settings(tmp_path / "params.yaml")
