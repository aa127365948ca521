"""A batch's photos are the same whatever DVC puts in their place: copies, hard links, or links into its cache."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest

from kit.photo_server import photo
from popularity.links.check import Reader, check_chunk
from popularity.links.decoders import Decoders, decoders
from popularity.links.folder import Folder
from popularity.links.fresh import FreshAnswers
from popularity.settings import load_settings

SETTINGS = load_settings(Path(__file__).parents[2] / "params.yaml")
BATCH = Path("data/raw/may")


@pytest.fixture(scope="module")
def pool():
    with decoders() as pool:
        yield pool


def dvc(*arguments: str) -> None:
    subprocess.run(["dvc", *arguments, "--quiet"], check=True)


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DVC project as the current folder, with a batch of two photos that it tracks."""
    kind, cache = request.param
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    subprocess.run(["git", "init", "--quiet"], check=True)
    dvc("init")
    dvc("config", "cache.type", kind)
    dvc("cache", "dir", cache)
    for number in (1, 2):
        (BATCH / f"images/{number}.jpg").parent.mkdir(parents=True, exist_ok=True)
        (BATCH / f"images/{number}.jpg").write_bytes(photo(number))
    dvc("add", BATCH.as_posix())
    assert (BATCH / "images/1.jpg").is_symlink() == (kind == "symlink")
    assert ((BATCH / "images/1.jpg").stat().st_nlink > 1) == (kind == "hardlink")
    return tmp_path


def reasons(links: list[str], pool: Decoders, folder: Path = BATCH) -> list[str]:
    answers = FreshAnswers(SETTINGS.fetch, folder)
    reader = Reader(Folder(folder), answers, SETTINGS.filter_links, SETTINGS.fetch.max_bytes, pool)
    found, _ = check_chunk(pd.DataFrame({"pid": range(len(links)), "image_url": links}), reader, lambda _: None)
    return found["reason"].tolist()


TYPES = [("copy", ".dvc/cache"), ("hardlink", ".dvc/cache"), ("symlink", ".dvc/cache"), ("symlink", "../shared cache")]


@pytest.mark.slow
@pytest.mark.parametrize("project", TYPES, indirect=True)
def test_photos_are_read_the_same_and_what_leads_elsewhere_is_refused(project: Path, pool: Decoders) -> None:
    (project / "secret.jpg").write_bytes(photo(3))
    (BATCH / "images/stranger.jpg").symlink_to(project / "secret.jpg")
    (BATCH / "images/passwd.jpg").symlink_to("/etc/passwd")
    (BATCH / "images/round.jpg").symlink_to(BATCH.absolute() / "images/1.jpg")
    other = BATCH.with_name("other")
    other.mkdir()
    (other / "1.jpg").symlink_to((BATCH / "images/1.jpg").resolve())
    outside = "outside the batch's folder"
    found = reasons(["images/1.jpg", "images/2.jpg", "images\\1.jpg", "images/stranger.jpg", "images/passwd.jpg"], pool)
    assert found == ["", "", "", outside, outside]
    assert reasons(["images/round.jpg"], pool) == [""]
    assert reasons(["../../../.dvc/cache", f"{project}/secret.jpg"], pool) == [outside] * 2
    leads_into_the_cache = (other / "1.jpg").resolve().is_relative_to(BATCH.resolve())
    assert reasons(["../other/1.jpg"], pool) == ([""] if leads_into_the_cache else [outside])


@pytest.mark.slow
def test_without_a_project_a_link_out_of_the_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: Decoders
) -> None:
    monkeypatch.chdir(tmp_path)
    BATCH.mkdir(parents=True)
    (tmp_path / "1.jpg").write_bytes(photo(1))
    (BATCH / "1.jpg").symlink_to(tmp_path / "1.jpg")
    assert reasons(["1.jpg"], pool) == ["outside the batch's folder"]


@pytest.mark.slow
def test_a_batch_s_own_words_on_where_the_cache_is_are_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: Decoders
) -> None:
    (tmp_path / "secret.jpg").write_bytes(photo(1))
    (tmp_path / "batch/.dvc").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "batch")
    Path(".dvc/config").write_text(f"[core]\n    no_scm = true\n[cache]\n    dir = {tmp_path}\n")
    Path("1.jpg").symlink_to(tmp_path / "secret.jpg")
    assert reasons(["1.jpg"], pool, Path()) == ["outside the batch's folder"]
