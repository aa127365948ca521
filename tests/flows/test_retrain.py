"""The flow on a real Prefect server and a small real DVC project."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

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
def project(tmp_path: Path) -> Path:
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    (tmp_path / "word.txt").write_text("hello")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


def test_stages_come_after_those_they_depend_on(project: Path) -> None:
    assert stages_in_order(project) == ["shout", "count"]


def test_second_run_of_the_flow_executes_no_stage(server: None, project: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.retrain import Retrain, retrain

    first = retrain(Retrain(project=project))
    second = retrain(Retrain(project=project))
    assert [run.outcome for run in first] == [Outcome.EXECUTED] * 2
    assert [run.outcome for run in second] == [Outcome.UNCHANGED] * 2
    with get_client(sync_client=True) as client:
        names = [run.name for run in client.read_task_runs()]
    assert sorted(names) == ["count", "count", "shout", "shout"]


def test_a_failing_stage_fails_the_flow_with_its_reason(server: None, project: Path) -> None:
    from flows.retrain import Retrain, retrain

    yaml = project / "dvc.yaml"
    yaml.write_text(yaml.read_text().replace("print(len(", "raise SystemExit('no length today') or print(len("))
    with pytest.raises(StageError, match="no length today"):
        retrain(Retrain(project=project))
    assert (project / "loud.txt").exists()


def test_a_second_writer_waits_for_the_first(project: Path) -> None:
    order = []

    def second() -> None:
        with one_writer(project):
            order.append(run_stage(project, "shout").outcome)

    with one_writer(project):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=1)
        order.append("first done")
    thread.join()
    assert order == ["first done", Outcome.EXECUTED]
