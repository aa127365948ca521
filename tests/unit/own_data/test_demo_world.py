"""What the demo left goes, and nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kit.bundles import put_bundle
from kit.nights import write_three_nights
from kit.project import lay_out, set_param
from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json, write_json
from popularity.own_data.demo_world import leave_demo, refuse_more_than_the_demo
from popularity.settings import load_settings

NIGHTS = ("night-001", "night-003")
CRAWLED = "flickr-2016-07-08"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: the demo, three nights of it, one refused, one crawled from this machine, and `mine`."""
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    names = ("demo", *NIGHTS, CRAWLED, "mine")
    batches = {name: {"source": "demo" if name == "demo" else "smp", "path": f"data/raw/{name}"} for name in names}
    set_param(tmp_path, "batches", batches)
    set_param(tmp_path, "dataset.split.mode", "newest")
    set_param(tmp_path, "dataset.split.newest", ["night-001"])
    for name in names:
        file(paths.raw(name) / "train_data.csv")
        file(paths.posts(name))
    for name in ("demo", *NIGHTS):
        write_json(paths.raw(name) / "truth.json", {"event": None})
    write_json(paths.raw(CRAWLED) / "crawl.json", {"endpoint": "http://127.0.0.1:4280/services/rest/"})
    write_three_nights()
    write_json(paths.quarantine("night-002") / "crawl/truth.json", {"event": "thousands"})
    write_json(paths.inbox("night-004") / "truth.json", {"event": None})
    put_bundle("v0001")
    put_bundle("v0002", batches=["demo", *NIGHTS])
    paths.CURRENT_CHAMPION.write_text("v0002\n")
    file(paths.batch_page("night-001"))
    file(paths.quality("predictions", "night-001"))
    file(paths.MONITORING_REPORT)
    return tmp_path


def file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("pid\n1\n")


def test_no_batch_night_crawl_page_or_champion_of_the_demo_is_left_and_ones_own_stays(project: Path) -> None:
    gone = leave_demo("mine")
    assert {"champion v0001", "champion v0002", "batch demo", "batch night-003", "data/inbox/night-004"} <= set(gone)
    settings = load_settings()
    assert list(settings.batches) == ["mine"]
    assert settings.demo.batches == ()
    assert (settings.dataset.split.mode, settings.dataset.split.newest) == ("time", ())
    names = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    assert {"data/raw/mine/train_data.csv", "data/posts/mine.parquet"} <= names
    assert not [name for name in names if "night" in name or "v000" in name or "flickr" in name]
    assert not [name for name in names if name.startswith(("monitoring/", "models/champions/", "reports/"))]
    assert not [name for name in names if "demo" in name and not name.startswith(("expectations/", "data/visits/"))]
    assert leave_demo("mine") == []


def test_where_the_files_name_test_rows_these_are_tested() -> None:
    file(paths.raw("mine") / "train_label.csv")
    file(paths.raw("mine") / "test_data.csv")
    file(paths.raw("mine") / "test_label.csv")
    leave_demo("mine")
    assert load_settings().dataset.split.mode == "given"


def test_a_split_by_time_that_was_chosen_stays(project: Path) -> None:
    set_param(project, "dataset.split.mode", "time")
    for name in ("train_label", "test_data", "test_label"):
        file(paths.raw("mine") / f"{name}.csv")
    leave_demo("mine")
    assert load_settings().dataset.split.mode == "time"


def another_batch(project: Path) -> None:
    set_param(project, "batches.theirs", {"source": "smp", "path": "data/raw/theirs"})


def a_crawl_that_waits(project: Path) -> None:
    file(paths.inbox("theirs") / "posts.csv")


def a_crawl_in_quarantine(project: Path) -> None:
    file(paths.quarantine("theirs") / "crawl/posts.csv")


def a_champion_of_other_posts(project: Path) -> None:
    put_bundle("v0003", batches=["demo", "theirs"])


def a_night_of_a_batch_that_is_gone(project: Path) -> None:
    record = read_json(paths.night_record("night-001"))
    write_json(paths.night_record("theirs"), record | {"batch": "theirs"})


def a_crawl_of_the_real_flickr(project: Path) -> None:
    another_batch(project)
    write_json(paths.raw("theirs") / "crawl.json", {"endpoint": "https://api.flickr.com/services/rest/"})


MORE = (
    another_batch,
    a_crawl_that_waits,
    a_crawl_in_quarantine,
    a_champion_of_other_posts,
    a_night_of_a_batch_that_is_gone,
    a_crawl_of_the_real_flickr,
)


@pytest.mark.parametrize("put", MORE, ids=[put.__name__ for put in MORE])
def test_a_project_that_holds_more_than_the_demo_is_left_as_it_is(put: Callable[[Path], None], project: Path) -> None:
    put(project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and ".work" not in path.parts}
    with pytest.raises(UserError, match=r"holds more than the demo: .*theirs"):
        leave_demo("mine")
    after = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and ".work" not in path.parts}
    assert after == before


@pytest.mark.parametrize("name", ["demo", "night-001"])
def test_ones_own_posts_cannot_have_the_name_of_a_batch_of_the_demo(name: str) -> None:
    with pytest.raises(UserError, match=f"'{name}' is a batch of the demo"):
        refuse_more_than_the_demo(name)
