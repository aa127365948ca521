"""Crawls in the inbox: which are whole, which can become a batch, and what an interruption leaves."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from dvc.repo import Repo

from kit.gate_project import lay_out_batches
from kit.project import set_param
from popularity import paths
from popularity.batches import inbox
from popularity.errors import UserError
from popularity.settings import load_settings


@pytest.fixture(autouse=True)
def batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder: a project with the batches `before` and `night`; the night's crawl is still in the inbox."""
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)
    crawl("night")
    shutil.copytree(paths.inbox("night"), paths.raw("night"))


def crawl(name: str) -> Path:
    """A whole crawl, as far as the inbox looks at it."""
    folder = paths.inbox(name)
    (folder / "images").mkdir(parents=True)
    for file in ("posts.csv", "images/1.jpg", "COMPLETE"):
        (folder / file).write_text(file if file != "COMPLETE" else "")
    return folder


def files() -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def test_whole_crawls_wait_in_the_order_of_their_dates_then_of_their_names() -> None:
    for name, date in (("c", 1_500_000_000), ("a", 1_500_000_001), ("e", 1_500_000_000), ("unknown", 0)):
        os.utime(crawl(name) / "COMPLETE", (date, date))
    (crawl("b") / "COMPLETE").unlink()
    crawl("d").rename(paths.inbox(".d"))
    assert inbox.waiting() == ["unknown", "c", "e", "a", "night"]


def test_a_crawl_whose_last_file_is_misnamed_is_found() -> None:
    for name, last in (("a", "COMPLETE.txt"), ("b", "complete"), ("c", "COMPLETE"), ("d", "complete-list.txt")):
        (crawl(name) / "COMPLETE").rename(paths.inbox(name) / last)
    (crawl("e") / "COMPLETE").unlink()
    os.mkfifo(paths.inbox("e") / "COMPLETE")
    assert inbox.misnamed() == [paths.inbox(name) for name in ("a/COMPLETE.txt", "b/complete", "e/COMPLETE")]
    assert inbox.waiting() == ["c", "night"]


def test_a_crawl_that_is_a_batch_already_is_admitted_again() -> None:
    before = files()
    inbox.admit("night")
    (paths.inbox("night") / "posts.csv").unlink()  # as by `settle`, interrupted
    inbox.admit("night")
    assert {name: text for name, text in before.items() if name != "data/inbox/night/posts.csv"} == files()


@pytest.mark.parametrize(
    ("said", "others", "read"),
    [("", "at_crawl", "at_crawl"), ("", "as_of_post", "as_of_post"), ("as_of_post\n", "at_crawl", "as_of_post")],
)
def test_a_crawl_says_when_it_was_read_or_params_do(said: str, others: str, read: str) -> None:
    set_param(Path(), "inbox.read", others)
    (crawl("new") / "COMPLETE").write_text(said)
    Repo.init(no_scm=True)
    inbox.admit("new")
    assert load_settings().batches["new"].read == read


@pytest.mark.parametrize(("date", "crawled"), [(1_600_000_000, 1_600_000_000), (0, None)])
def test_a_crawl_was_over_when_its_last_file_was_written(date: int, crawled: int | None) -> None:
    os.utime(crawl("new") / "COMPLETE", (date, date))
    Repo.init(no_scm=True)
    inbox.admit("new")
    assert load_settings().batches["new"].crawled == crawled


def test_a_crawl_that_says_something_else_is_unfit() -> None:
    (crawl("new") / "COMPLETE").write_text("yesterday")
    with pytest.raises(inbox.UnfitCrawlError, match="COMPLETE says 'yesterday'"):
        inbox.admit("new")


@pytest.mark.parametrize("file", ["posts.csv", "images/1.jpg", "images/2.jpg"])
def test_another_crawl_of_the_same_name_is_refused_and_nothing_is_lost(file: str) -> None:
    (paths.inbox("night") / file).write_text("another")
    before = files()
    with pytest.raises(UserError, match="there is another batch 'night' already") as refused:
        inbox.admit("night")
    assert not isinstance(refused.value, inbox.UnfitCrawlError)
    assert files() == before


def test_a_crawl_that_is_not_whole_is_no_crawl() -> None:
    (crawl("half") / "COMPLETE").unlink()
    for name in ("half", "nowhere"):
        with pytest.raises(UserError, match=f"{name} holds no whole crawl"):
            inbox.admit(name)


def bad_name() -> str:
    return crawl("Night 7").name


def long_name() -> str:
    return crawl("a" * 101).name


def no_posts() -> str:
    folder = crawl("night-007")
    (folder / "posts.csv").unlink()
    return folder.name


def link_to_a_crawl() -> str:
    crawl("elsewhere").rename("elsewhere")
    paths.inbox("night-008").symlink_to(Path("elsewhere").resolve())
    return "night-008"


def link_inside() -> str:
    folder = crawl("night-009")
    Path("elsewhere").mkdir()
    (folder / "images/more").symlink_to(Path("elsewhere").resolve())
    return folder.name


def pipe_inside() -> str:
    folder = crawl("night-010")
    os.mkfifo(folder / "images/2.jpg")
    return folder.name


def pipe_that_says_when_it_was_read() -> str:
    folder = crawl("night-011")
    (folder / "more").mkdir()
    os.mkfifo(folder / "more/COMPLETE")
    return folder.name


def ignored_inside() -> str:
    folder = crawl("night-012")
    (folder / "images/.dvcignore").write_text("*")
    return folder.name


def not_utf_8_inside() -> str:
    folder = crawl("night-013")
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_text("")
    return folder.name


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (bad_name, "cannot name a batch"),
        (pipe_inside, "images/2.jpg is neither a file nor a folder"),
        (pipe_that_says_when_it_was_read, "more/COMPLETE is neither a file nor a folder"),
        (ignored_inside, r"images/\.dvcignore is a file that DVC or git would obey"),
        (not_utf_8_inside, "not UTF-8"),
        (long_name, "cannot name a batch"),
        (no_posts, "holds neither"),
        (link_to_a_crawl, "night-008 is a symbolic link"),
        (link_inside, "images/more is a symbolic link"),
    ],
)
def test_a_crawl_that_cannot_become_a_batch_is_unfit(make: Callable[[], str], problem: str) -> None:
    name = make()
    before = paths.PARAMS.read_bytes()
    with pytest.raises(inbox.UnfitCrawlError, match=problem):
        inbox.admit(name)
    assert paths.PARAMS.read_bytes() == before
    assert paths.inbox(name).is_dir()


@pytest.mark.parametrize("name", ["../raw/night", "..", ".", "", "night/images", "/tmp"])
def test_a_path_is_no_crawl(name: str) -> None:
    (paths.raw("night") / "COMPLETE").touch()
    before = files()
    with pytest.raises(UserError, match="no folder of data/inbox") as refused:
        inbox.admit(name)
    assert not isinstance(refused.value, inbox.UnfitCrawlError)
    assert files() == before


@pytest.mark.parametrize(
    "name",
    ["a" * 250, "é" * 51, os.fsdecode(b"caf\xe9"), "two\nlines", "\x1b[31mred"],
    ids=["long", "long in bytes", "bytes", "lines", "escape"],
)
def test_a_name_that_no_page_can_have_is_another_and_unfit_still(name: str) -> None:
    crawl("a")
    Path(paths.inbox("a")).rename(paths.inbox(name))
    (told,) = inbox.rename_unwritable()
    (fit,) = (waits for waits in inbox.waiting() if waits != "night")
    assert fit.encode().isascii()
    assert len(fit) < 60
    assert f"is now data/inbox/{fit}" in told
    told.encode()
    assert len(told) < 300
    assert inbox.rename_unwritable() == []
    with pytest.raises(inbox.UnfitCrawlError, match="cannot name a batch"):
        inbox.admit(fit)
    inbox.quarantine(fit)
    assert {path.name for path in (paths.quarantine(fit) / "crawl").iterdir()} == {"posts.csv", "images", "COMPLETE"}


def test_a_pipe_says_of_no_crawl_that_it_is_whole() -> None:
    folder = crawl("piped")
    (folder / "COMPLETE").unlink()
    os.mkfifo(folder / "COMPLETE")
    assert inbox.waiting() == ["night"]


def test_a_link_to_a_crawl_is_set_aside_and_what_it_points_to_stays() -> None:
    for _ in range(2):
        shutil.rmtree("elsewhere", ignore_errors=True)
        name = link_to_a_crawl()
        before = {path: text for path, text in files().items() if path.startswith("elsewhere")}
        inbox.quarantine(name)
        assert inbox.waiting() == ["night"]
        assert {path: text for path, text in files().items() if path.startswith("elsewhere")} == before
        assert before


def test_a_settled_crawl_leaves_the_inbox_and_stays_a_batch() -> None:
    inbox.settle("night")
    assert inbox.waiting() == []
    assert not paths.inbox("night").exists()
    assert (paths.raw("night") / "images/1.jpg").exists()


def test_the_marker_goes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            inbox.settle("night")
    assert inbox.waiting() == ["night"]
    inbox.admit("night")
    inbox.settle("night")
    assert not paths.inbox("night").exists()


def test_quarantine_takes_a_batch_out_and_keeps_its_crawl() -> None:
    others = {name: text for name, text in files().items() if "night" not in name and name != "params.yaml"}
    assert inbox.quarantine("night") == Path("data/quarantine/night")
    assert list(load_settings().batches) == ["before"]
    assert inbox.waiting() == []
    left = files()
    assert {name for name in left if "night" in name} == {
        f"data/quarantine/night/crawl/{file}" for file in ("posts.csv", "images/1.jpg", "COMPLETE")
    }
    assert {name: text for name, text in left.items() if name in others} == others


def test_quarantine_replaces_the_crawl_of_an_earlier_try() -> None:
    inbox.quarantine("night")
    (crawl("night") / "posts.csv").write_text("mended")
    inbox.quarantine("night")
    assert Path("data/quarantine/night/crawl/posts.csv").read_text() == "mended"
