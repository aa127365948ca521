"""The flow on a real Prefect server: on this project made small, and on one of two stages that fails and waits."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_project import Project

from flows.dag import Outcome, StageError, one_writer, run_stage, stages_in_order

pytestmark = pytest.mark.slow

DVC_YAML = """
stages:
  shout:
    cmd: python -c "print(open('word.txt').read().upper(), file=open('loud.txt', 'w'))"
    deps: [word.txt]
    outs: [loud.txt]
  count:
    cmd: python -c "print(len(open('loud.txt').read()), file=open('length.txt', 'w'))"
    deps: [loud.txt]
    outs: [length.txt]
"""


@pytest.fixture
def two_stages(tmp_path: Path) -> Path:
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    (tmp_path / "word.txt").write_text("hello")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


def test_stages_come_after_those_they_depend_on(two_stages: Path) -> None:
    assert stages_in_order(two_stages) == ["shout", "count"]


def test_second_run_of_the_flow_executes_no_stage(server: None, project: Project) -> None:
    from prefect.client.orchestration import get_client

    from flows.retrain import Retrain, retrain

    project.set_param("train_rf.trees", 6)
    first = retrain(Retrain(project=project.folder))
    second = retrain(Retrain(project=project.folder))
    stages = {
        "demo@demo", "ingest@demo", "filter_links@demo", "text_features@demo", "image_embeddings@demo", "dataset",
        "train_rf", "train_cnn", "train_image", "fuse", "evaluate",
    }  # fmt: skip
    executed = {"train_rf", "evaluate"}
    assert {run.stage: run.outcome for run in first} == {
        name: Outcome.EXECUTED if name in executed else Outcome.UNCHANGED for name in stages
    }
    assert {run.stage: run.outcome for run in second} == dict.fromkeys(stages, Outcome.UNCHANGED)
    with get_client(sync_client=True) as client:
        tasks = client.read_task_runs()
        tables = [artifact.data for artifact in client.read_artifacts() if artifact.key == "stages"]
    assert sorted(task.name for task in tasks) == sorted([*stages, *stages])
    assert all(task.state is not None and task.state.is_completed() for task in tasks)
    rows = [row for table in tables for row in json.loads(table)]
    for run in (*first, *second):
        assert run.seconds > 0
        assert {"stage": run.stage, "outcome": run.outcome.value, "seconds": round(run.seconds, 1)} in rows


def test_a_failing_stage_fails_the_flow_with_its_reason(server: None, two_stages: Path) -> None:
    from flows.retrain import Retrain, retrain

    yaml = two_stages / "dvc.yaml"
    yaml.write_text(yaml.read_text().replace("print(len(", "raise SystemExit('no length today') or print(len("))
    with pytest.raises(StageError, match="no length today"):
        retrain(Retrain(project=two_stages))
    assert (two_stages / "loud.txt").exists()


def test_a_second_writer_waits_for_the_first(two_stages: Path) -> None:
    order = []

    def second() -> None:
        with one_writer(two_stages):
            order.append(run_stage(two_stages, "shout").outcome)

    with one_writer(two_stages):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=1)
        order.append("first done")
    thread.join()
    assert order == ["first done", Outcome.EXECUTED]
