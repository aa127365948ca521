from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kit.local_flickr import KEY, CountingFlickr
from kit.project import set_param
from popularity import paths
from popularity.cli import cli
from popularity.errors import UserError

SINCE = ("--since", "2023-11-01")


@pytest.fixture(autouse=True)
def _params(folder: Path, server: CountingFlickr, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {
        "crawl.flickr.endpoint": server.endpoint,
        "crawl.flickr.photos": server.address,
        "crawl.flickr.searches": [{"tags": ["sea"]}],
        "fetch.private_hosts": [server.host],
        "fetch.total_timeout_s": 0.5,
        "fetch.max_mb": 1,
    }.items():
        set_param(folder, key, value)
    monkeypatch.setenv("FLICKR_API_KEY", KEY)


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["crawl", *args])


def test_a_crawl_is_estimated_made_and_summed_up(folder: Path, server: CountingFlickr) -> None:
    told = run("discover", *SINCE, "--dry-run")
    assert told.stdout == "search 1: 12 posts\n2 to 26 calls, some 0.0 hours\n"
    assert not paths.INBOX.exists()
    assert not paths.FETCHED.exists()
    done = run("discover", *SINCE)
    assert done.stdout == (
        "flickr-20231114: 12 posts in data/inbox/flickr-20231114; 11 calls made, 0 answered by the ledger\n"
    )
    assert "users" in done.stderr  # a bar
    assert run("revisit").stdout == "no post is due\n"
    (folder / "ids.csv").write_text("pid\n5001\n")
    assert run("complete", "ids.csv", "--dry-run").stdout == (
        "1 of 1 posts lack something, 1 have not been asked for\n1 to 2 calls, some 0.0 hours\n"
    )
    assert run("complete", "ids.csv").stdout == (
        "ids: 1 posts in data/inbox/ids; 1 calls made, 0 answered by the ledger\n"
    )


def test_without_a_key_the_error_says_where_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLICKR_API_KEY")
    for args in (("discover",), ("revisit",), ("complete", "ids.csv")):
        error = run(*args).exception
        assert isinstance(error, UserError)
        assert "https://www.flickr.com/services/apps/create/" in error.next_step


def test_whatever_comes_the_key_stands_nowhere(folder: Path, server: CountingFlickr) -> None:
    server.change(5003, title=f"a post about {KEY}")
    server.faults = {
        "flickr.photos.search": ["500", "hang", "cut off", "429"],
        "flickr.people.getPublicGroups": ["echo", "html", "huge", "deep", "105"],
        "flickr.people.getPublicPhotos": ["100"],
    }
    texts = []
    for _ in range(4):
        done = run("discover", *SINCE)
        texts += [done.stdout, done.stderr, str(done.exception)]
    assert "FLICKR_API_KEY" in (paths.inbox("flickr-20231114") / "posts.csv").read_text()
    assert any("does not take the key" in text for text in texts)
    assert any("that lasts" in text for text in texts)
    assert [text for text in texts if KEY in text] == []
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 10
    assert [file for file in files if KEY.encode() in file.read_bytes()] == []
