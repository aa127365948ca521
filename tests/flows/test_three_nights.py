"""Nights of the demo world, photos and all, by the command that anyone can try."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kit.small_project import Project, lay_out_code


@pytest.mark.long
def test_a_night_is_played_by_the_command(template: Project, enter: Callable[[Project], Project]) -> None:
    project = enter(template)
    line = json.loads(project.command("flows.night").splitlines()[-1])
    assert line["batch"] == "night-001"
    assert line["verdict"] in ("ok", "watch")  # so small a world's forecasts vary
    assert (project.folder / line["page"]).is_file()
    assert (project.folder / "models/champions/current").read_text() == "v0001\n"
    assert not (project.folder / "data/inbox/night-001").exists()


@pytest.mark.long
def test_three_nights_are_played_as_they_would_be(tmp_path: Path) -> None:
    project = lay_out_code(tmp_path, small=False)
    project.set_param("label.min_age_days", 1)  # the first two nights' labels come within the three
    for stage in ("train_cnn", "fuse"):
        project.set_param(f"{stage}.epochs", 5)
    project.repro()
    said = project.command("flows.night", "--nights", "3", "--event", "dead_links")
    *lines, last = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [(line["batch"], line["verdict"]) for line in lines] == [
        ("night-001", "watch"), ("night-002", "ok"), ("night-003", "ok"),
    ]  # fmt: skip
    assert "alive" in lines[0]["drifted"]
    assert last == lines[-1]
    table = said.split("first reason")[1].splitlines()[2:5]
    assert [row.split()[:2] for row in table] == [[line["batch"], line["verdict"]] for line in lines]
    assert said.splitlines()[-1].startswith("{")
    assert all((project.folder / line["page"]).is_file() for line in lines)
    assert sorted(file.name for file in (project.folder / "data/inbox").iterdir() if file.is_dir()) == []
    record = project.folder / "monitoring"
    drift = pd.concat(pd.read_parquet(file) for file in sorted((record / "drift").glob("*.parquet")))
    assert not drift.duplicated(["batch", "column"]).any()
    assert drift.groupby("batch").size().gt(15).all()
    performance = {file.stem: pd.read_parquet(file).iloc[0] for file in (record / "performance").glob("*.parquet")}
    assert sorted(performance) == ["night-001", "night-002"]
    assert all(row["n"] > 300 and row["mae"] < 2 for row in performance.values())
