"""`popularity batches inspect` and `add` of folders that other tools wrote, as a person calls them."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo
from typer.testing import CliRunner

from kit.project import ROOT, set_param
from kit.tool_files import CRAWLED, flickr_archived, instaloader_post, instaloader_profile, write_json, write_photo
from popularity import paths
from popularity.batches import inbox
from popularity.batches.project import remove_batch
from popularity.cli import cli
from popularity.errors import UserError
from popularity.settings import load_settings


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with this repository's params.yaml; no DVC yet."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("COLUMNS", "160")
    paths.PARAMS.write_text((ROOT / "params.yaml").read_text())
    return tmp_path / "project"


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """Two posts, one of them too young, a video, a broken file and a profile, as Instaloader leaves them."""
    folder = tmp_path / "Cats & dogs"
    write_json(folder / "a_UTC.json.xz", instaloader_post(id="1"))
    write_photo(folder / "a_UTC_1.jpg")
    young = instaloader_post(id="2", taken_at_timestamp=CRAWLED - 60, owner={"id": "9"}, edge_media_to_caption=None)
    write_json(folder / "b_UTC.json.xz", young)
    write_json(folder / "c_UTC.json.xz", instaloader_post(id="3", is_video=True))
    write_json(folder / "me_25025320.json.xz", instaloader_profile())
    (folder / "d_UTC.json").write_text("{")
    return folder


def call(*arguments: str) -> str:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False).output


def test_a_folder_is_told_and_how_to_add_it(cats: Path) -> None:
    before = sorted(cats.iterdir())
    said = call("batches", "inspect", str(cats))
    assert said.splitlines()[:13] == [
        "looks like: instaloader",
        "rows: 4, of which 2 posts would be read",
        "users: 2",
        "dates: 2021-01-01 to 2023-11-14",
        "photos: files 1, links 1",
        "labels: 1, of likes; pending: counted within 3 days 1",
        "counts read: 2023-11-14 to 2023-11-14",
        "missing: haspeople, avgview",
        "empty in some posts: groupcount 1, avgmembercount 1, alltags 1, title 1, description 1",
        "files passed over: of profiles 1",
        "posts left out: a video, no photo 1, no JSON: Expecting property name enclosed in double quotes: line 1 "
        "column 2 (char 1) 1",
        "set aside: 1 rows, row: no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1); "
        "the first is d_UTC.json, row 1: 'd_UTC.json'",
        "instaloader counts likes, and label.of in params.yaml is views",
    ]
    assert said.splitlines()[-1] == f"popularity batches add cats-dogs --source instaloader --path '{cats}'"
    assert sorted(cats.iterdir()) == before
    assert list(load_settings().batches) == ["demo"]


def test_the_line_that_it_prints_adds_the_crawl(cats: Path) -> None:
    set_param(Path(), "label.of", "likes")
    line = shlex.split(call("batches", "inspect", str(cats)).splitlines()[-1])
    assert "added cats-dogs" in call(*line[1:], "--in-place")
    batch = load_settings().batches["cats-dogs"]
    assert (batch.source, batch.of, batch.path, batch.columns) == ("instaloader", "likes", cats.as_posix(), None)
    assert call("batches", "inspect", str(cats)).splitlines()[-1].split()[3] == "cats-dogs-2"


def test_columns_that_are_guessed_stand_in_the_line(tmp_path: Path) -> None:
    (tmp_path / "may").mkdir()
    (tmp_path / "may/a.csv").write_text("id,owner,created_at,text,views,seen\nx,me,2017-07-14,Hi,7,2018-01-01\n")
    said = call("batches", "inspect", str(tmp_path / "may"))
    assert "labels: 1, of views" in said
    line = shlex.split(said.splitlines()[-1])
    assert line[line.index("--columns") + 1] == "pid=id,uid=owner,postdate=created_at,description=text"
    assert "added may" in call(*line[1:], "--in-place")
    assert load_settings().batches["may"].columns == {
        "pid": "id", "uid": "owner", "postdate": "created_at", "description": "text",
    }  # fmt: skip
    assert yaml.safe_load(paths.PARAMS.read_text())["batches"]["may"]["columns"]["pid"] == "id"


def test_a_source_and_columns_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "may").mkdir()
    (tmp_path / "may/a.csv").write_text("a,b,c\n1,2,2017-07-14\n")
    with pytest.raises(UserError, match="no column for pid, uid, postdate"):
        call("batches", "inspect", str(tmp_path / "may"))
    said = call("batches", "inspect", str(tmp_path / "may"), "--source", "csv", "--columns", "pid=a,uid=b,postdate=c")
    assert "rows: 1, of which 1 posts would be read" in said


def test_nothing_that_is_known_ends_with_what_to_do(tmp_path: Path) -> None:
    write_photo(tmp_path / "x/1.jpg")
    with pytest.raises(UserError, match="nor files of a tool that is known") as refused:
        call("batches", "inspect", str(tmp_path / "x"))
    assert "name the source" in refused.value.next_step


def test_likes_in_a_project_of_views_are_refused_with_the_line_to_write(cats: Path) -> None:
    before = paths.PARAMS.read_text()
    with pytest.raises(UserError, match=r"instaloader counts likes, and label\.of in params\.yaml is views") as refused:
        call("batches", "add", "cats", "--source", "instaloader", "--path", str(cats), "--in-place")
    assert "write `of: likes` below `label:` in params.yaml" in refused.value.next_step
    assert paths.PARAMS.read_text() == before


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--columns", "pid=id"], "the columns of instaloader have names of their own"),
        (["--columns", "pid"], "--columns: pid names no column of the file"),
        (["--data", "a.csv"], "all files of instaloader are read"),
        (["--crawled", "yesterday?"], "no date"),
    ],
)
def test_options_that_a_source_has_not_are_refused(cats: Path, options: list[str], problem: str) -> None:
    set_param(Path(), "label.of", "likes")
    with pytest.raises(UserError, match=problem):
        call("batches", "add", "cats", "--source", "instaloader", "--path", str(cats), "--in-place", *options)


def test_a_table_without_the_columns_that_posts_need_is_not_added(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,owner,day\n")
    with pytest.raises(UserError, match="has no column for uid, postdate"):
        call("batches", "add", "may", "--source", "csv", "--path", str(tmp_path), "--in-place", "--columns", "pid=id")


def test_the_day_of_the_counts_may_be_named(cats: Path) -> None:
    set_param(Path(), "label.of", "likes")
    call(
        "batches",
        "add",
        "cats",
        "--source",
        "instaloader",
        "--path",
        str(cats),
        "--in-place",
        "--crawled",
        "2024-05-01",
    )
    assert load_settings().batches["cats"].crawled == 1_714_521_600


def test_without_test_rows_the_split_to_choose_is_told(cats: Path) -> None:
    set_param(Path(), "label.of", "likes")
    add = ["batches", "add", "cats", "--source", "instaloader", "--path", str(cats), "--in-place"]
    assert "test rows" not in call(*add)  # the demo has some
    remove_batch("cats")
    remove_batch("demo")
    assert "write `mode: time` below `split:` in params.yaml" in call(*add)
    remove_batch("cats")
    set_param(Path(), "dataset.split.mode", "time")
    assert "test rows" not in call(*add)


@pytest.mark.slow
def test_a_copy_keeps_the_dates_of_its_files(cats: Path, project: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    Repo.init()
    set_param(Path(), "label.of", "likes")
    call("batches", "add", "cats", "--source", "instaloader", "--path", str(cats))
    dates = (paths.raw("cats") / "file_dates.csv").read_text()
    assert re.search(rf"^a_UTC\.json\.xz,{CRAWLED}$", dates, re.MULTILINE)
    assert "jpg" not in dates
    assert not (cats / "file_dates.csv").exists()


def crawl_in_the_inbox(name: str) -> Path:
    folder = paths.inbox(name)
    for pid in ("1", "2"):
        write_json(folder / f"photo_{pid}.json", flickr_archived(pid))
    (folder / "COMPLETE").touch()
    return folder


def test_a_crawl_of_the_inbox_is_taken_by_what_it_looks_like() -> None:
    crawl_in_the_inbox("night")
    Repo.init(no_scm=True)
    inbox.admit("night")
    batch = load_settings().batches["night"]
    assert (batch.source, batch.path, batch.of) == ("flickr_export", "data/raw/night", "views")
    assert batch.crawled == int((paths.inbox("night") / "COMPLETE").stat().st_mtime)
    inbox.admit("night")
    inbox.settle("night")
    assert (paths.raw("night") / "photo_1.json").is_file()


@pytest.mark.parametrize("what", ["likes", "columns"])
def test_a_crawl_that_counts_otherwise_or_needs_a_guess_is_unfit(what: str) -> None:
    folder = paths.inbox("night")
    if what == "likes":
        write_json(folder / "a.json", instaloader_post())
    else:
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("id,owner,created_at\n1,2,2017-07-14\n")
    (folder / "COMPLETE").touch()
    with pytest.raises(inbox.UnfitCrawlError, match="counts likes" if what == "likes" else "no column for pid"):
        inbox.admit("night")
    assert list(load_settings().batches) == ["demo"]
