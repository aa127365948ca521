"""What a champion's project does where /tmp is small, and where nobody can write to it."""

import os
import sys
from pathlib import Path

import pytest

from kit.mounts import read_only, run_with, small_disk
from kit.photo_server import photo, write_crawl
from kit.small_project import Project

pytestmark = pytest.mark.slow
POPULARITY = [sys.executable, "-m", "popularity"]


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    """Twelve posts with photos, and captions of which the language is told by a model that unpacks itself on disk."""
    folder = write_crawl(tmp_path / "crawl", [f"{number}.jpg" for number in range(12)])
    posts = folder / "train_data.csv"
    posts.write_text(posts.read_text().replace(",nice,", ",A long quiet evening walk beside the old river,"))
    for number in range(12):
        (folder / f"{number}.jpg").write_bytes(photo(number))
    return folder


def predict(crawl: Path, out: Path) -> list[str]:
    return [*POPULARITY, "predict", "--data", f"{crawl}/train_data.csv", "--photos", str(crawl), "--out", str(out)]


@pytest.mark.parametrize("in_project", [True, False])
def test_predict_needs_no_room_in_tmp(crowned: Project, crawl: Path, tmp_path: Path, in_project: bool) -> None:
    project = crowned.copied(tmp_path / "project")
    if not in_project:
        (project.folder / "params.yaml").unlink()
    (tmp_path / "small").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(project.folder), "TMPDIR": str(tmp_path / "small")}
    out = tmp_path / "made/p.csv"
    done = run_with([small_disk(tmp_path / "small", "64k")], predict(crawl, out), project.folder, environment)
    assert done.returncode == 0, done.stderr
    assert "12 posts scored" in done.stdout
    assert sorted(file.name for file in out.parent.iterdir()) == ["p-rejected.csv", "p.csv"]
    assert not list((project.folder / ".work").glob(".scratch.*"))


def test_predict_onto_a_full_disk_is_one_line(crowned: Project, crawl: Path, tmp_path: Path) -> None:
    project = crowned.copied(tmp_path / "project")
    (project.folder / "params.yaml").unlink()  # scratch lies beside what is written then
    (tmp_path / "out").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(project.folder)}
    command = predict(crawl, tmp_path / "out/p.csv")
    done = run_with([small_disk(tmp_path / "out", "64k")], command, project.folder, environment)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    error, step = done.stderr.splitlines()[-2:]
    assert error.startswith(f"error: {tmp_path}/out/")
    assert "its disk is full: more than 0.1 MB are needed, " in error
    assert step == f"  next: make room on the disk of {tmp_path}/out, then run this again"


def test_a_project_that_takes_no_change_lists_scores_and_predicts(
    crowned: Project, crawl: Path, tmp_path: Path
) -> None:
    folder = crowned.copied(tmp_path / "project").folder
    environment = {**os.environ, "PYTHONPATH": str(folder), "PREFECT_HOME": str(tmp_path / "prefect")}

    def run(*command: str) -> tuple[int, str]:
        done = run_with([read_only(folder)], command, folder, environment)
        return done.returncode, done.stdout + done.stderr

    for arguments in (["batches", "list"], ["scores"], ["champion", "list"], ["store", "info"]):
        assert run(*POPULARITY, *arguments)[0] == 0
    assert run(*POPULARITY, "predict", "--batch", "demo", "--out", f"{tmp_path}/b.csv")[0] == 0
    assert run(*predict(crawl, tmp_path / "p.csv"))[0] == 0
    code, said = run(*POPULARITY, "batches", "add", "may", "--source", "smp", "--path", str(crawl))
    assert code == 2
    assert said.startswith("error: may cannot be added: ")
    assert said.splitlines()[0].endswith(": Read-only file system")
    assert len(said.splitlines()) == 2
