"""From the demo to a champion of real posts by one command."""

from functools import reduce
from operator import getitem
from pathlib import Path

import pandas as pd
import pytest
import yaml

from kit.small_nights import bring
from kit.small_project import ROOT, SMALL, Project
from popularity.files import read_json

pytestmark = pytest.mark.long


def test_one_command_leaves_the_demo_and_ends_with_a_champion_of_real_posts(
    real_data: Path, crowned: Project, tmp_path: Path
) -> None:
    project = crowned.copied(tmp_path / "project")
    bring(project, "night-001", 1)
    project.command("flows.recrawl")
    bring(project, "night-002", 2)
    how = ["--source", "smp", "--path", str(real_data / "instagram"), "--in-place", "--as-of-post"]
    assert "is a batch of the demo" in project.refusal("begin", "demo", *how)
    chosen = yaml.safe_load((ROOT / "params.yaml").read_text())
    for key in SMALL:  # as the repository chooses
        project.set_param(key, reduce(getitem, key.split("."), chosen))
    said = project.command("popularity", "begin", "mine", *how)
    assert "v0001 is the champion" in said
    assert [line for line in said.splitlines() if line.startswith("best: boosted")]

    listed = project.command("popularity", "batches", "list")
    assert "mine" in listed
    assert "demo" not in listed + project.command("popularity", "champion", "show")
    assert "nothing is open" in project.command("popularity", "status")
    names = [path.relative_to(project.folder).as_posix() for path in project.folder.rglob("*")]
    kept = (".git/", ".dvc/", ".prefect", ".work/", "popularity/", "data/raw/")
    assert not [name for name in names if ("night-0" in name or "@demo" in name) and not name.startswith(kept)]
    assert "@demo" not in (project.folder / "dvc.lock").read_text()

    scores = read_json(project.folder / "metrics/evaluate.json")
    facts = read_json(project.folder / "models/champions/v0001/bundle.json")
    assert facts["batches"] == ["mine"]
    for population in ("all_posts", "posts_with_photo"):
        best = scores[population]["best"]["test"]
        assert best["mae"] < scores[population]["user_mean"]["test"]["mae"]

    posts = pd.read_csv(real_data / "instagram/test_data.csv", dtype=str).head(20)
    posts.to_csv(project.folder / "posts.csv", index=False)
    told = project.command("popularity", "predict", "--data", "posts.csv", "--out", "predictions.csv")
    assert "20 posts scored by v0001" in told
