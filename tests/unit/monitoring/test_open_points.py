"""What is open: each kind is named with the command that settles it, the gravest first, and goes once it is settled."""

import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kit.gate_project import lay_out_batches
from kit.nights import ORDINARY, QUARANTINED
from popularity import paths
from popularity.cli import cli
from popularity.files import write_json
from popularity.monitoring.history import read_history, write_night
from popularity.monitoring.open_points import OpenPoint, open_points
from popularity.monitoring.requests import answer, call_for, open_requests
from popularity.posts import ANSWERS, LABELS, read_table, write_table
from popularity.settings import load_settings


@pytest.fixture(autouse=True)
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder: `before` and `night`, on record and labelled, so that nothing is open."""
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)
    for batch, date in (("before", "2014-05-15"), ("night", "2014-05-25")):
        write_night(ORDINARY.model_copy(update={"batch": batch, "crawled": f"{date}T00:00:00+00:00"}))
        label(batch, 5.0)


def label(batch: str, value: float) -> None:
    write_table(paths.labels(batch), read_table(paths.labels(batch)).assign(label=value), LABELS)


def found() -> list[OpenPoint]:
    return open_points(load_settings(), read_history())


def refuse(batch: str) -> Path:
    """A crawl of that name in quarantine."""
    crawl = paths.quarantine(batch) / "crawl"
    crawl.mkdir(parents=True)
    record = QUARANTINED.model_copy(update={"batch": batch, "reasons": ("stop: It is empty.",)})
    write_json(paths.refused(batch), record.model_dump(mode="json"))
    return crawl


def test_nothing_is_open() -> None:
    assert found() == []
    done = CliRunner().invoke(cli, ["status"])
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "nothing is open")


def test_a_crawl_in_quarantine_is_open_until_it_passes() -> None:
    refuse("late")
    (point,) = found()
    assert (point.answer, point.batch, point.what) == ("stop", "late", "in quarantine")
    assert point.told.startswith("It is empty. The crawl lies in data/quarantine/late/crawl;")
    assert point.command == "mv data/quarantine/late/crawl data/inbox/late && python -m flows.recrawl --batch late"
    write_night(ORDINARY.model_copy(update={"batch": "late"}))
    assert found() == []


def test_a_crawl_that_is_not_on_record_yet_is_open_too() -> None:
    refuse("late")
    paths.refused("late").unlink()
    (point,) = found()
    assert point.told.startswith("It is not on record yet.")


def test_a_hostile_name_runs_nothing() -> None:
    name = "x; touch stolen #"
    crawl = refuse(name)
    paths.INBOX.mkdir(parents=True)
    move, run = found()[0].command.split(" && ")
    assert shlex.split(run)[-1] == name
    subprocess.run(move, shell=True, check=True)
    assert not crawl.exists()
    assert paths.inbox(name).is_dir()
    assert not Path("stolen").exists()


def test_refused_labels_are_open_while_their_file_is_there() -> None:
    file = paths.visits("night") / "late.csv"
    file.parent.mkdir(parents=True)
    file.write_text("pid,label\n1,5\n")
    one = {"file": file.name, "sha256": "5f", "answer": "stop", "sentence": "they are ten times as high."}
    write_json(paths.judged_labels("night"), [one, one | {"file": "good.csv", "answer": "ok"}])
    (point,) = found()
    assert (point.what, point.command) == ("labels refused", "python -m flows.monitor")
    assert point.told.startswith(f"{file}: they are ten times as high.")
    file.unlink()
    assert found() == []


def test_a_request_is_open_until_it_is_fulfilled() -> None:
    call_for("night")
    assert [point.command for point in found()] == ["python -m flows.retrain --batch night"]
    (request,) = open_requests()
    answer(request, "waiting", "9 posts wait for labels")
    assert [(point.told, point.command) for point in found()] == [
        ("9 posts wait for labels", "python -m flows.monitor")
    ]
    answer(request, "fulfilled", "v0002 is promoted")
    assert found() == []


def test_labels_are_overdue_by_the_date_of_the_latest_crawl() -> None:
    label("before", float("nan"))
    (point,) = found()
    assert (point.answer, point.batch, point.what) == ("watch", "before", "labels overdue")


def test_temporary_answers_are_open_as_long_as_asking_again_may_help() -> None:
    row = {"link": "https://example.org/1.jpg", "outcome": "time-out", "final": False}
    table = ANSWERS.empty_table().to_pandas()
    table.loc[0] = {column: row.get(column, "") for column in table.columns}
    write_table(paths.answers("night"), table.astype({"final": bool}), ANSWERS)
    write_json(paths.metrics("fetch", "night"), {"temporary": {"time-out": 1}})
    (point,) = found()
    assert (point.what, point.command) == ("links to ask again", "popularity links retry night")
    write_night(ORDINARY.model_copy(update={"batch": "night", "crawled": "2015-05-25T00:00:00+00:00"}))
    assert found() == []


def test_a_crawl_that_waits_for_its_marker_is_open() -> None:
    marker = paths.inbox("may") / "complete.txt"
    marker.parent.mkdir(parents=True)
    marker.touch()
    (point,) = found()
    assert point.command == "mv data/inbox/may/complete.txt data/inbox/may/COMPLETE"
    subprocess.run(point.command, shell=True, check=True)
    assert found() == []


def test_the_gravest_is_told_first_and_the_command_fails_while_anything_is_open() -> None:
    call_for("night")
    refuse("late")
    done = CliRunner().invoke(cli, ["status"])
    assert done.exit_code == 1
    said = done.stdout.splitlines()
    assert [line.split(":")[0] for line in said[:4:2]] == ["stop", "retrain"]
    assert said[-2:] == ["latest batch: night, ok; page: reports/monitoring.html", "2 open"]
