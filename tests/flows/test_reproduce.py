"""The flow on a real Prefect server: on this project made small, and on one of two stages that fails and waits."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from kit.small_project import Project

from flows.dag import Outcome, StageError, StageRefusedError, one_writer, run_stage, stages_in_order

pytestmark = pytest.mark.slow

DVC_YAML = """
stages:
  shout:
    cmd: python shout.py
    deps: [word.txt, shout.py]
    outs: [loud.txt]
  count:
    cmd: python -c "print(len(open('loud.txt').read()), file=open('length.txt', 'w'))"
    deps: [loud.txt]
    outs: [length.txt]
"""
SHOUT = "print(open('word.txt').read().upper(), file=open('loud.txt', 'w'))"
REFUSE = "print('error: no words\\n  next: write some', file=sys.stderr); sys.exit({code})"


@pytest.fixture
def two_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a DVC project."""
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    (tmp_path / "shout.py").write_text(SHOUT)
    (tmp_path / "word.txt").write_text("hello")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("two_stages")
def test_stages_come_after_those_they_depend_on() -> None:
    assert stages_in_order() == ["shout", "count"]


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

    yaml = two_stages / "dvc.yaml"
    yaml.write_text(yaml.read_text().replace("print(len(", "raise SystemExit('no length today') or print(len("))
    with pytest.raises(StageError, match="no length today"):
        reproduce()
    assert (two_stages / "loud.txt").exists()


@pytest.mark.parametrize(("code", "kind"), [(2, StageRefusedError), (1, StageError), (255, StageError)])
def test_only_exit_code_2_is_a_refusal(two_stages: Path, code: int, kind: type[StageError]) -> None:
    (two_stages / "shout.py").write_text(f"import sys\n{REFUSE.format(code=code)}")
    with pytest.raises(StageError, match="no words\n  next: write some") as failure:
        run_stage("shout")
    assert type(failure.value) is kind


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
