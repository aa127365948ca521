"""Views rise, and the demo in full answers: nothing on the night, a better model once its labels are there."""

import json
from pathlib import Path

import pandas as pd
import pytest

from kit.small_project import Project, lay_out_code
from popularity.files import read_json

pytestmark = pytest.mark.long


def play(project: Project, *event: str) -> dict[str, object]:
    """The next night; what its last line says."""
    last: dict[str, object] = json.loads(project.command("flows.night", *event).splitlines()[-1])
    return last


def test_labels_of_a_night_of_more_views_bring_a_new_champion(tmp_path: Path) -> None:
    project = lay_out_code(tmp_path, small=False)
    project.set_param("label.min_age_days", 1)  # a night's labels come on the next
    project.repro()
    current = project.folder / "models/champions/current"
    assert play(project, "--event", "views_up")["verdict"] == "ok"
    assert current.read_text() == "v0001\n"
    play(project)
    request = read_json(project.folder / "monitoring/requests/night-001.json")
    night = read_json(project.folder / "monitoring/nights/night-001.json")
    (known,) = pd.read_parquet(project.folder / "monitoring/performance/night-001.parquet").to_dict("records")
    print(request["answer"])
    assert (night["verdict"], "residual" in night["drifted"]) == ("retrain", True)
    assert known["version"] == "v0001"
    assert request["state"] == "fulfilled"
    assert "is promoted: the candidate errs less" in request["answer"]
    assert current.read_text() == "v0002\n"
