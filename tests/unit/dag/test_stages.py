"""What DVC did about a stage, and why it did not, in a real project of two stages."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit.two_stages import SHOUT, lay_out_two_stages, shout
from popularity import paths
from popularity.dag.api import Outcome
from popularity.dag.stages import (
    StageError,
    StageRefusedError,
    changed,
    refuse_without_git,
    repro,
    restore,
    run_stage,
    stages_in_order,
    status,
    track,
)
from popularity.dag.writer import one_writer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two_stages")
    lay_out_two_stages(folder)
    return folder


@pytest.fixture(autouse=True)
def project(laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a DVC project, the current folder, with the environment activated."""
    shutil.copytree(laid_out, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    return tmp_path / "project"


def dvc(*args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "dvc", *args], capture_output=True, text=True)


def test_stages_come_after_those_they_depend_on_and_tracked_files_are_none(project: Path) -> None:
    (project / "crawl").mkdir()
    (project / "crawl/posts.csv").write_text("pid\n")
    assert dvc("add", "crawl").returncode == 0
    assert stages_in_order() == ["shout", "count"]


def test_an_outcome_is_told_by_what_dvc_names_and_by_the_stages_mark(project: Path) -> None:
    assert run_stage("shout").outcome == Outcome.EXECUTED
    assert run_stage("shout").outcome == Outcome.UNCHANGED
    (project / "word.txt").write_text("bye")
    assert changed(["shout"]) == ["shout"]
    assert run_stage("shout").outcome == Outcome.EXECUTED
    (project / "word.txt").write_text("hello")
    assert run_stage("shout").outcome == Outcome.RESTORED
    assert (project / "loud.txt").read_text() == "HELLO\n"
    assert changed(["shout"]) == []


def test_what_is_changed_before_a_stage_is_told_on_demand(project: Path) -> None:
    assert dvc("repro").returncode == 0
    (project / "word.txt").write_text("bye")
    assert status(["count"]) == {}
    assert status(["count"], with_deps=True) == {"shout": [{"changed deps": {"word.txt": "modified"}}]}


def test_a_refusal_is_told_with_its_reason_and_next_step() -> None:
    shout("raise UserError('posts breaks critical rules:\\n  avgview: 60 rows', next_step='mend the crawl')")
    with pytest.raises(StageRefusedError) as failure:
        run_stage("shout")
    assert failure.value.problem == "posts breaks critical rules:\n  avgview: 60 rows"
    assert failure.value.next_step == "mend the crawl"
    assert str(failure.value) == "posts breaks critical rules:\n  avgview: 60 rows\n  next: mend the crawl"


SAYS_IT_REFUSES = "print('error: no words\\n  next: write some', file=sys.stderr); "


@pytest.mark.parametrize(
    "end",
    [
        *(f"{SAYS_IT_REFUSES}sys.exit({code})" for code in (1, 2, 20, 255)),
        f"{SAYS_IT_REFUSES}os.kill(os.getpid(), 9)",
        "sys.exit(2)",
    ],
)
def test_whatever_else_ends_a_stage_is_a_crash(end: str) -> None:
    shout(end)
    with pytest.raises(StageError, match="exited with") as failure:
        run_stage("shout")
    assert type(failure.value) is StageError
    assert ("no words\n  next: write some" in str(failure.value)) == end.startswith(SAYS_IT_REFUSES)


def test_a_crash_shows_its_last_lines_and_names_the_log_that_has_all() -> None:
    shout("print(*(f'warning {n}' for n in range(900)), sep='\\n', file=sys.stderr); raise OSError('out of luck')")
    with pytest.raises(StageError, match=r"all that was printed is in \.work/logs/shout\.log") as failure:
        run_stage("shout")
    assert "OSError: out of luck" in str(failure.value)
    assert len(str(failure.value).splitlines()) <= 10
    assert "warning 0\n" in paths.log("shout").read_text()


def test_a_stage_that_cannot_start_is_no_refusal_though_it_refused_before(project: Path) -> None:
    shout("raise UserError('an earlier refusal', next_step='none')")
    with pytest.raises(StageRefusedError):
        run_stage("shout")
    (project / "word.txt").unlink()
    with pytest.raises(StageError, match=r"word\.txt") as failure:
        run_stage("shout")
    assert type(failure.value) is StageError
    assert "earlier" not in str(failure.value)


def test_a_broken_dag_is_told() -> None:
    Path("dvc.yaml").write_text("stages: [")
    for ask in (stages_in_order, lambda: run_stage("shout")):
        with pytest.raises(StageError, match=r"dvc\.yaml"):
            ask()


def test_a_stage_that_another_dvc_runs_is_waited_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("go")
    shout(f"open('started', 'w'); open('go').read(); {SHOUT}")
    with subprocess.Popen([sys.executable, "-m", "dvc", "repro", "shout"]) as other:
        while not (project / "started").exists():
            assert other.poll() is None
            time.sleep(0.05)
        with ThreadPoolExecutor() as threads:
            waiting = threads.submit(run_stage, "shout")
            said = ""
            while "another DVC is at work" not in said:
                assert not waiting.done()
                said += capsys.readouterr().err
                time.sleep(0.05)
            Path("go").write_text("now")
            assert waiting.result().outcome == Outcome.UNCHANGED
    assert other.returncode == 0


def test_outputs_come_back_after_a_refusal(project: Path) -> None:
    run_stage("shout")
    (project / "word.txt").write_text("bye")
    shout("raise UserError('no', next_step='none')")
    with pytest.raises(StageRefusedError):
        run_stage("shout")
    assert not (project / "loud.txt").exists()
    restore("shout")
    assert (project / "loud.txt").read_text() == "HELLO\n"


def test_a_bare_dvc_runs_the_same_and_no_mark_is_an_input_or_an_output() -> None:
    assert dvc("repro").returncode == 0
    assert {mark.name for mark in paths.MARKS.iterdir()} == {"shout.json", "count.json"}
    shutil.rmtree(paths.MARKS)
    assert "up to date" in dvc("status").stdout
    assert run_stage("shout").outcome == Outcome.UNCHANGED


@pytest.mark.parametrize("left", ["", '{"write": {"lo'])
def test_what_a_killed_dvc_left_stops_a_bare_one_and_not_this_door(project: Path, left: str) -> None:
    assert repro([]) == 0
    (project / "word.txt").write_text("bye")
    users = project / ".dvc/tmp/rwlock"
    users.write_text(left)
    assert dvc("repro").returncode != 0
    assert users.read_text() == left
    assert changed(["shout"]) == ["shout"]
    users.write_text(left)
    done = subprocess.run([sys.executable, "-m", "popularity", "repro", "count", "--force"], check=False)
    assert done.returncode == 0
    assert (project / "length.txt").read_text() == "4\n"


def test_the_door_ends_as_dvc_does_and_waits_for_a_flow(project: Path) -> None:
    shout("sys.exit(3)")
    assert repro(["shout"]) == dvc("repro", "shout").returncode != 0
    shout(SHOUT)
    with one_writer():
        waiting = subprocess.Popen([sys.executable, "-m", "popularity", "repro"])
        time.sleep(5)
        assert waiting.poll() is None
        assert not (project / "loud.txt").exists()
    assert waiting.wait() == 0
    assert (project / "loud.txt").exists()


@pytest.mark.parametrize("does", ["raise ValueError('no shout')", "raise UserError('no shout', next_step='mend')"])
def test_a_failed_repro_ends_with_the_stage_and_its_log(does: str) -> None:
    shout(f"print('to stdout', flush=True); {does}")
    done = subprocess.run([sys.executable, "-m", "popularity", "repro"], capture_output=True, text=True, check=False)
    assert done.returncode == dvc("repro").returncode
    log = paths.log("shout")
    assert done.stderr.splitlines()[-1] == f"stage shout failed; all that was printed is in {log}"
    assert "no shout" in done.stderr
    assert "to stdout" in done.stdout
    assert "no shout" in log.read_text()
    assert "to stdout" in log.read_text()


def test_where_no_stage_failed_no_log_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert repro([]) == 0
    assert repro(["nosuch"]) != 0
    assert "all that was printed" not in capfd.readouterr().err
    assert not paths.LOGS.exists()


def test_every_stage_that_failed_is_named(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = (project / "dvc.yaml").read_text()
    (project / "dvc.yaml").write_text(whole + "  other:\n    cmd: python shout.py\n    outs: [other.txt]\n")
    shout("sys.exit(3)")
    assert repro(["--keep-going"]) != 0
    named = {line.split()[1] for line in capfd.readouterr().err.splitlines() if "all that was printed" in line}
    assert named == {"shout", "other"}


def test_a_project_without_git_is_told_the_one_command_that_helps(project: Path) -> None:
    """As one unpacked from an archive is."""
    (project / ".dvc/config").write_text("")
    for ask in (refuse_without_git, lambda: repro([]), stages_in_order, lambda: track(Path("word.txt"))):
        with pytest.raises(StageRefusedError, match=r"is not a git repository\n  next: `dvc config --local") as refusal:
            ask()
    command = str(refusal.value).split("`")[1]
    assert dvc(*command.split()[1:]).returncode == 0
    refuse_without_git()
    assert repro([]) == 0
    track(Path("word.txt"))
    assert (project / "word.txt.dvc").is_file()


def test_why_dvc_cannot_track_a_folder_is_said_in_its_own_words(project: Path) -> None:
    shutil.rmtree(project / ".dvc/cache", ignore_errors=True)
    (project / ".dvc/cache").write_text("a file where the cache belongs")
    with pytest.raises(StageError, match=r"Not a directory|File exists"):
        track(Path("word.txt"))
