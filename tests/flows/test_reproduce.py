"""The flow on a real Prefect server: on this project made small, and on one of two stages that fails and waits."""

import json
import os
import threading
from pathlib import Path

import pytest

from kit.small_project import Project
from kit.two_stages import lay_out_two_stages
from popularity.dag.api import Outcome
from popularity.dag.stages import StageError, run_stage
from popularity.dag.writer import one_writer
from popularity.dataset.whole import whole_batches
from popularity.errors import UserError

pytestmark = pytest.mark.slow

TABLES = {"posts": ".parquet", "labels": ".parquet", "links": ".parquet", "text": ".parquet", "embeddings": ""}
"""What a batch has when all of its stages are through: folder of data/ -> ending."""


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
        "dataset", "train_rf", "train_cnn", "train_image", "fuse", "train_boosted", "evaluate",
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


def lay_out_batches(folder: Path, *broken: str) -> None:
    """A project of three batches whose stage fails for those in `broken`, and a stage of all that counts the whole."""
    code = (
        "import sys; from popularity.dataset.whole import TABLES; from popularity.files import replacing\n"
        f"sys.exit('no luck today') if sys.argv[1] in {broken} else None\n"
        "for table in TABLES:\n    with replacing(table(sys.argv[1])) as file: file.write_text(sys.argv[1])\n"
    )
    outs = "".join(f"\n      - data/{name}/${{item}}{end}" for name, end in TABLES.items())
    deps = "".join(f"\n    - data/{name}" for name in TABLES)
    (folder / "make.py").write_text(code)
    (folder / "join.py").write_text(
        "from popularity.dataset.whole import whole_batches\n"
        "print(*whole_batches(['a', 'b', 'c']), file=open('joined.txt', 'w'))\n"
    )
    (folder / "dvc.yaml").write_text(
        "stages:\n  make:\n    foreach: [a, b, c]\n    do:\n      cmd: python make.py ${item}\n      deps: [make.py]\n"
        f"      outs:{outs}\n  join:\n    cmd: python join.py\n    deps:{deps}\n    outs: [joined.txt]\n"
    )


def test_a_batch_that_fails_keeps_no_other_from_being_joined(server: None, two_stages: Path) -> None:
    from flows.reproduce import reproduce

    lay_out_batches(two_stages, "b")
    with pytest.raises(StageError, match="no luck today"):
        reproduce()
    assert (two_stages / "joined.txt").read_text() == "a c\n"
    lay_out_batches(two_stages)
    assert {run.stage for run in reproduce()} == {"make@a", "make@b", "make@c", "join"}
    assert (two_stages / "joined.txt").read_text() == "a b c\n"


def test_a_batch_that_had_its_tables_is_never_left_out(server: None, two_stages: Path) -> None:
    from flows.reproduce import reproduce

    lay_out_batches(two_stages)
    reproduce()
    lay_out_batches(two_stages, "b")
    with pytest.raises(StageError, match="no luck today"):
        reproduce()
    assert whole_batches(["a", "b", "c"]) == ["a", "b", "c"]
    assert (two_stages / "joined.txt").read_text() == "a b c\n"


def test_where_every_batch_fails_the_reason_is_told_and_nothing_joined(server: None, two_stages: Path) -> None:
    from flows.reproduce import reproduce

    lay_out_batches(two_stages, "a", "b", "c")
    with pytest.raises(StageError, match="no luck today"):
        reproduce()
    assert not (two_stages / "joined.txt").exists()


def test_a_pipe_among_labels_is_refused_before_dvc_waits_at_it(server: None, two_stages: Path) -> None:
    from flows.reproduce import reproduce

    (two_stages / "data/visits/a").mkdir(parents=True)
    os.mkfifo(two_stages / "data/visits/a/labels.csv")
    with pytest.raises(UserError, match=r"data/visits/a/labels\.csv is neither a file nor a folder"):
        reproduce()


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
