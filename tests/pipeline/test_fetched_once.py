"""Photos are fetched once, in a real DVC project: whatever runs again asks nobody, an upgrade included."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kit.photo_server import PhotoServer, Says, photo, serving, write_crawl
from kit.small_project import Project, lay_out_code
from popularity import paths
from popularity.posts import read_table
from popularity.store.packs import pack_path

pytestmark = pytest.mark.slow

OUTCOME = ("data/answers", "data/links", "data/photos", "metrics/fetch", "metrics/filter_links", "reports")
TARGET = "filter_links@crawl"
BUSY = Says(503)


@pytest.fixture
def server() -> Iterator[PhotoServer]:
    photos = {f"/{n}.jpg": Says(body=photo(n)) for n in range(8)}
    with serving(photos | {"/busy.jpg": BUSY, "/page": Says(body=b"<html>")}) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, server: PhotoServer) -> Project:
    """A project with one crawl, whose links have been followed; one host was busy."""
    project = lay_out_code(tmp_path / "project")
    links = [*map(server.at, server.answers), server.at("/gone.jpg")]
    crawl = write_crawl(tmp_path / "project/crawl", links)
    project.command("popularity", "batches", "remove", "demo")
    project.command("popularity", "batches", "add", "crawl", "--source", "smp", "--path", str(crawl), "--in-place")
    project.set_param("fetch.private_hosts", [server.host])
    project.set_param("fetch.tries", 1)
    project.command("dvc", "repro", TARGET)
    assert server.asked.total() == len(links)
    return project


def stop(server: PhotoServer) -> None:
    server.shutdown()
    server.server_close()


def outcomes(project: Project) -> dict[str, str]:
    table = read_table(project.folder / paths.answers("crawl"))
    return {link.rpartition("/")[2]: outcome for link, outcome in zip(table["link"], table["outcome"], strict=True)}


def test_with_every_server_gone_a_forced_run_gives_the_same_bytes(project: Project, server: PhotoServer) -> None:
    before = project.bytes_of(*OUTCOME, "dvc.lock")
    stop(server)
    said = project.command("dvc", "repro", "--force", TARGET)
    assert "Running stage 'fetch@crawl'" in said
    assert "Running stage 'filter_links@crawl'" in said
    assert project.bytes_of(*OUTCOME, "dvc.lock") == before


def test_retry_asks_again_for_temporary_answers_alone(project: Project, server: PhotoServer) -> None:
    before = server.asked.copy()
    assert outcomes(project)["busy.jpg"] == "http status 503"
    server.answers["/busy.jpg"] = Says(body=photo(99))
    assert "Running stage" not in project.command("dvc", "repro", TARGET)
    said = project.command("popularity", "links", "retry", "crawl")
    assert "1 links asked again, 0 temporary answers are left" in said
    assert server.asked - before == {"/busy.jpg": 1}
    assert outcomes(project)["busy.jpg"] == "ok"
    project.command("dvc", "repro", TARGET)
    posts, links = (read_table(project.folder / f("crawl")) for f in (paths.posts, paths.links))
    assert links.loc[posts["image_url"] == server.at("/busy.jpg"), "alive"].tolist() == [True]


@pytest.mark.long
def test_the_run_cache_brings_no_older_answer_back(project: Project, server: PhotoServer) -> None:
    project.set_param("fetch.timeout_s", 3)
    project.command("dvc", "repro", TARGET)
    server.answers["/busy.jpg"] = Says(body=photo(99))
    project.command("popularity", "links", "retry", "crawl")
    project.set_param("fetch.timeout_s", 10)  # as when the host was busy
    project.command("dvc", "repro", TARGET)
    assert outcomes(project)["busy.jpg"] == "ok"


def test_an_upgraded_project_keeps_its_photos_with_the_server_gone(project: Project, server: PhotoServer) -> None:
    """As a version left it that had no stage fetch: nothing of it is there, nor in dvc.lock."""
    photos = project.bytes_of("data/photos")
    links = read_table(project.folder / paths.links("crawl"))
    for place in (paths.ANSWERS, paths.FETCHED, Path("metrics/fetch"), Path(".dvc/cache")):
        shutil.rmtree(project.folder / place)
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text())
    del lock["stages"]["fetch@crawl"]
    stage = lock["stages"][TARGET]
    stage["deps"] = [dep for dep in stage["deps"] if dep["path"] != str(paths.answers("crawl"))]
    (project.folder / "dvc.lock").write_text(yaml.safe_dump(lock))
    stop(server)
    said = project.command("dvc", "repro", TARGET)
    assert "Running stage 'filter_links@crawl'" in said  # before which DVC deletes data/photos/crawl
    assert project.bytes_of("data/photos") == photos
    now = read_table(project.folder / paths.links("crawl"))
    assert now[now["reason"] != "connection refused"].equals(links[links["reason"] != "not an image"])


@pytest.mark.long
def test_the_store_is_looked_after_by_commands_and_outlasts_its_batches(project: Project, server: PhotoServer) -> None:
    info = project.command("popularity", "store", "info")
    assert "data/fetched: 9 files" in info
    assert "http status 503" in info
    assert "data/fetched is whole" in project.command("popularity", "store", "check")
    assert "nothing to take away" in project.command("popularity", "store", "prune", "--yes")
    project.git("add", "-A")
    assert not subprocess.run(
        ["git", "ls-files", "data/fetched", "data/answers"], cwd=project.folder, capture_output=True, check=True
    ).stdout
    shutil.copy(Path(__file__).parents[2] / "Makefile", project.folder)
    subprocess.run(["make", "clean"], cwd=project.folder, check=True, capture_output=True)
    assert not (project.folder / paths.ANSWERS).exists()
    before = server.asked.copy()
    project.command("dvc", "repro", TARGET)
    assert server.asked == before

    pack = project.folder / pack_path(paths.FETCHED, 1)
    content = pack.read_bytes()
    pack.write_bytes(content[:-1] + b"?")
    checked = run(project, "popularity", "store", "check")
    assert checked.returncode == 2
    assert "1 files of data/fetched are not as they were written" in checked.stderr
    pack.write_bytes(content)

    project.command("popularity", "batches", "remove", "crawl")
    assert not (project.folder / paths.answers("crawl")).exists()
    assert pack.read_bytes() == content
    refused = run(project, "popularity", "store", "prune", answer="n\n")
    assert refused.returncode == 1
    assert "11 answers that no batch needs" in refused.stdout
    assert pack.exists()
    project.command("popularity", "store", "prune", "--yes")
    assert "data/fetched: 0 files, 0.0 MB" in project.command("popularity", "store", "info")


def run(project: Project, *args: str, answer: str = "") -> "subprocess.CompletedProcess[str]":
    command, environment = [sys.executable, "-m", *args], {**os.environ, "COLUMNS": "120"}
    return subprocess.run(command, cwd=project.folder, env=environment, input=answer, text=True, capture_output=True)
