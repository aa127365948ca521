"""Labels that are broken promote nothing and change nothing; right ones of the same night pass."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.small_nights import POSTS, bring_labels
from kit.small_project import Project
from popularity.files import read_json

pytestmark = pytest.mark.slow

Enter = Callable[[Project], Project]
Break = Callable[[pd.DataFrame], pd.DataFrame]
KEPT = ("models", "predictions", "data/labels", "data/posts", "data/dataset.parquet", "params.yaml")


def as_labels(change: Callable[["pd.Series[float]"], "pd.Series[float]"]) -> Break:
    """Labels as they stand, where the crawler makes the logarithm."""
    return lambda views: views[["pid", "seen"]].assign(label=change(np.log2(views["views"] + 1)))


def dealt(views: pd.DataFrame) -> pd.DataFrame:
    return views.assign(views=np.random.default_rng(1).permutation(views["views"]))


KINDS: dict[str, Break] = {
    "x1000": lambda views: views.assign(views=views["views"] * 1000),
    "permuted": dealt,
    "thousands": as_labels(lambda label: np.log2((np.exp2(label) - 1) / 1000 + 1)),
    "raw counts": as_labels(lambda label: np.exp2(label) - 1),
    "natural logs": as_labels(lambda label: label * np.log(2)),
    "rates": lambda views: views.assign(views=(views["views"] / 3).astype(int)),
    "shifted": lambda views: views.assign(views=np.roll(views["views"], 1)),
}


@pytest.mark.parametrize("kind", ["x1000", *(pytest.param(kind, marks=pytest.mark.long) for kind in list(KINDS)[1:])])
def test_broken_labels_promote_nothing_and_right_ones_pass(
    server: None, played: Project, enter: Enter, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    from flows.monitor import monitor
    from flows.retrain import retrain
    from popularity.monitoring.requests import call_for

    project = enter(played)
    call_for("night-001")  # its labels would train a model at once
    bring_labels(project, "night-001", 1)
    file = Path("data/visits/night-001/views.csv")
    right = file.read_bytes()
    before = project.bytes_of(*KEPT)
    KINDS[kind](pd.read_csv(file)).to_csv(file, index=False)
    capsys.readouterr()
    assert monitor() == []
    said = capsys.readouterr().out
    print(said)
    assert "labels of night-001, views.csv: stop: " in said, said
    assert retrain().startswith(f"nothing is trained: {POSTS} posts wait for labels")
    assert project.bytes_of(*KEPT) == before
    assert [one["file"] for one in read_json(Path("data/visits/night-001/refused.json"))] == ["views.csv"]

    file.write_bytes(right)
    (record,) = monitor()
    assert re.search(r"labels of night-001, views\.csv: ok: 60 labels lie [+-]0\.", capsys.readouterr().out)
    assert record.verdict in ("ok", "watch")
    assert not Path("data/visits/night-001/refused.json").exists()
    assert [one["answer"] for one in read_json(Path("monitoring/labels/night-001.json"))] == ["ok"]
