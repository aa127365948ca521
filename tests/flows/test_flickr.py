"""The flows crawl a Flickr on this machine over loopback, as they would crawl the real one."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import yaml

from kit.local_flickr import DAY, KEY, NOW, CountingFlickr, posts
from kit.project import lay_out
from kit.small_project import Project
from popularity import paths
from popularity.batches.params_file import add_entry
from popularity.crawl import api
from popularity.crawl.known import earlier_views, means_before
from popularity.crawl.ledger import Plan, plans, put_plan
from popularity.demo.flickr import serving
from popularity.files import read_json
from popularity.settings import Flickr, load_settings
from popularity.store.store import Writer

Enter = Callable[[Project], Project]


@pytest.mark.long
def test_nights_crawled_from_flickr_end_in_labels_and_a_new_candidate(
    server: None, crowned: Project, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.flickr_night import play_on_flickr
    from flows.night import answer

    project = enter(crowned)
    params = project.folder / "params.yaml"
    before = yaml.safe_load(params.read_text())
    port = free_port()
    assert play_on_flickr(partial(answer, []), port) == 0
    skip_two_nights(port)
    assert play_on_flickr(partial(answer, []), port) == 0
    first, last = "flickr-20160707", "flickr-20160710"
    assert [batch for batch in load_settings().batches if batch.startswith("flickr")] == [first, last]

    posts = pd.read_parquet(paths.posts(first))
    alive = pd.read_parquet(paths.links(first)).set_index("pid")["alive"]
    assert len(posts) > 100
    assert 0.3 < alive.mean() < 0.7  # half of the demo's links are dead
    assert set(pd.read_parquet(paths.scores(first))["pid"]) == set(posts["pid"])
    read = {batch: load_settings().batches[batch].read for batch in (first, last)}
    assert read == {
        first: "at_crawl",
        last: "at_crawl",
    }  # these posts went out before any label of their users was read
    later = pd.read_parquet(paths.posts(last)).assign(postdate=lambda posts: posts["postdate"] + 2 * DAY)
    assert means_before(later, earlier_views(load_settings())).notna().mean() > 0.5  # the next night's avgview

    (visit,) = paths.visits(first).glob("revisit-*.csv")
    labels = pd.read_parquet(paths.labels(first)).set_index("pid")
    views = pd.read_csv(visit).set_index("pid")["views"]
    assert labels.loc[views.index, "views"].tolist() == views.tolist()
    assert labels.loc[views.index, "age_days"].min() >= 3
    gone = read_json(paths.visits(first) / "gone.json")
    assert {one["reason"] for one in gone} <= {"private", "deleted, private, or never there"}
    assert {one["pid"] for one in gone} | set(views.index) == set(posts["pid"])
    assert read_json(paths.request(first))["state"] != "new"  # the flow retrain answered

    now = yaml.safe_load(params.read_text())  # the crawls and what is newest, not where this Flickr is
    assert {section for section in now if now[section] != before[section]} == {"batches", "dataset"}
    capsys.readouterr()


def skip_two_nights(port: int) -> None:
    """Have crawls of two more nights be on record that found nothing."""
    endpoint = f"http://127.0.0.1:{port}/services/rest/"
    with Writer(paths.FETCHED) as store:
        (first,) = plans(store, "discover", endpoint)
        for days in (1, 2):
            choices = first.choices | {"until": first.choices["until"] + days * DAY}
            put_plan(store, Plan(f"nothing-{days}", "discover", choices), is_done=True)


@pytest.mark.slow
def test_a_crawl_that_ends_in_vain_goes_on_by_itself_and_a_wrong_key_ends_it(
    server: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from prefect import flow

    from flows import crawl
    from flows.flickr_night import named
    from popularity.batches import inbox

    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(api, "FIRST_WAIT_S", 0.01)
    quick = crawl.discover_posts.with_options(retry_delay_seconds=[0.1, 0.1, 0.1])
    monkeypatch.setattr(crawl, "discover_posts", quick)
    crawling = flow(crawl.discover_where_named, name="crawling", persist_result=False, log_prints=True)
    with serving(CountingFlickr(posts(5), now=NOW)) as flickr:
        assert isinstance(flickr, CountingFlickr)
        with named(flickr):
            monkeypatch.setenv(api.VARIABLE, KEY)
            flickr.faults = {"flickr.photos.search": ["105"] * 7}
            assert crawling() == []
            assert flickr.methods["photos.search"] == 8  # five tries, and three of the second run
            assert inbox.waiting() == ["flickr-20231114"]

            flickr.faults, flickr.fixed_now = {"flickr.test.echo": ["100"] * 9}, NOW + DAY
            asked = flickr.asked.total()
            (error,) = crawling()
            assert "does not take the key" in str(error)
            assert flickr.asked.total() == asked + 1  # no later run helps
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file for file in files if KEY.encode() in file.read_bytes()] == []


@pytest.mark.slow
def test_a_crawl_that_cannot_be_made_keeps_none_that_is_there_from_being_taken_in(
    server: None, crowned: Project, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.recrawl import RecrawlError, recrawl
    from popularity.batches import inbox

    project = enter(crowned)
    project.set_param("crawl.flickr.searches", [{"tags": ["sea"]}])
    monkeypatch.delenv(api.VARIABLE, raising=False)
    assert inbox.waiting() == ["night-001"]
    with pytest.raises(RecrawlError, match=api.KEYS) as ended:
        recrawl()
    assert [record.batch for record in ended.value.records] == ["night-001"]
    assert inbox.waiting() == []


@pytest.mark.slow
def test_the_key_may_come_from_a_secret_block(server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.blocks.system import Secret

    from flows.crawl import key_of
    from popularity.errors import UserError

    monkeypatch.delenv(api.VARIABLE, raising=False)
    Secret(value=KEY).save("flickr-key", overwrite=True)
    Secret(value="short").save("no-key", overwrite=True)
    assert key_of(Flickr(key_block="flickr-key")).get_secret_value() == KEY
    with pytest.raises(UserError, match="what the Secret block no-key holds is no key"):
        key_of(Flickr(key_block="no-key"))
    with pytest.raises(UserError, match=r"crawl\.flickr\.key_block: there is no Secret block nothing"):
        key_of(Flickr(key_block="nothing"))
    with pytest.raises(UserError, match="FLICKR_API_KEY holds no key"):
        key_of(Flickr())


def test_params_name_the_local_flickr_for_as_long_as_a_night_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.flickr_night import named

    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(api.VARIABLE, raising=False)
    before = paths.PARAMS.read_text()
    with serving(CountingFlickr(posts(1))) as flickr, named(flickr):
        there = load_settings()
        assert there.crawl.flickr.endpoint == flickr.endpoint
        assert there.crawl.revisit_days == (there.label.min_age_days,)
        assert api.key_from_environment()
        paths.PARAMS.write_text(add_entry(paths.PARAMS.read_text(), "batches", "may", {"source": "smp", "path": "x"}))
    assert api.VARIABLE not in os.environ
    assert paths.PARAMS.read_text().replace("  may: {source: smp, path: x}\n", "") == before


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
