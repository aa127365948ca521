"""The flow on a real Prefect server: on this project made small, and on one of two stages that fails and waits."""

import json
import threading
from pathlib import Path

import pytest

from kit.small_project import Project
from kit.two_stages import lay_out_two_stages
from popularity.dag.api import Outcome
from popularity.dag.stages import StageError, run_stage
from popularity.dag.writer import one_writer

pytestmark = pytest.mark.slow


@pytest.fixture
def two_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a DVC project."""
    lay_out_two_stages(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_second_run_of_the_flow_executes_no_stage(
    server: None, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import get_client

    from flows.reproduce import reproduce

    monkeypatch.chdir(project.folder)
    project.set_param("train_rf.trees", 6)
    first = reproduce()
    second = reproduce()
    stages = {
        "demo@demo", "ingest@demo", "fetch@demo", "filter_links@demo", "text_features@demo", "image_embeddings@demo",
        "dataset", "train_rf", "train_cnn", "train_image", "fuse", "evaluate",
    }  # fmt: skip
    executed = {"train_rf", "evaluate"}
    assert {run.stage: run.outcome for run in first} == {
        name: Outcome.EXECUTED if name in executed else Outcome.UNCHANGED for name in stages
    }
    assert {run.stage: run.outcome for run in second} == dict.fromkeys(stages, Outcome.UNCHANGED)
    with get_client(sync_client=True) as client:
        tasks = [task for task in client.read_task_runs() if task.name in stages]
        tables = [artifact.data for artifact in client.read_artifacts() if artifact.key == "stages"]
    assert {task.name for task in tasks} == stages
    assert all(task.state is not None and task.state.is_completed() for task in tasks)
    rows = [row for table in tables for row in json.loads(table)]
    for run in (*first, *second):
        assert run.seconds > 0
        shown = {"stage": run.stage, "outcome": run.outcome.value, "seconds": round(run.seconds, 1)}
        assert shown | {"rows in": run.rows_in, "rows out": run.rows_out} in rows
    assert {run.stage: (run.rows_in, run.rows_out) for run in first}["ingest@demo"] == (150, 150)


def test_a_failing_stage_fails_the_flow_with_its_reason(server: None, two_stages: Path) -> None:
    from flows.reproduce import reproduce

    (two_stages / "count.py").write_text("raise SystemExit('no length today')")
    with pytest.raises(StageError, match="no length today"):
        reproduce()
    assert (two_stages / "loud.txt").exists()


def test_a_second_writer_waits_for_the_first(two_stages: Path) -> None:
    order = []

    def second() -> None:
        with one_writer():
            order.append(run_stage("shout").outcome)

    with one_writer():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=1)
        order.append("first done")
    thread.join()
    assert order == ["first done", Outcome.EXECUTED]
