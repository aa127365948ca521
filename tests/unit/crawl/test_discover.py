from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from kit.local_flickr import DAY, NOW, CountingFlickr, posts
from kit.project import set_param
from popularity import paths
from popularity.crawl import discover as module
from popularity.crawl.api import Flickr, InVainError
from popularity.crawl.discover import discover, estimate
from popularity.crawl.ledger import Plan, plans, put_plan
from popularity.errors import UserError
from popularity.files import read_json
from popularity.posts import LABELS, POSTS, write_table
from popularity.settings import FilePair, Search, Settings, load_settings
from popularity.sources.ids import stable_id
from popularity.sources.smp import read_crawl
from popularity.store.store import Writer

Choose = Callable[..., Settings]
SINCE = NOW - 3 * DAY


def written(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "posts.csv", keep_default_na=False).set_index("pid")


def test_a_crawl_is_a_batch_that_ingest_reads_whole(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    done = discover(choose(), flickr, store, since=SINCE)
    assert done.folder == paths.inbox("flickr-20231114")
    assert (done.posts, done.told) == (12, [])
    crawl = read_crawl(done.folder, (FilePair(data="posts.csv"),), "log2_views")
    assert len(crawl.posts) == 12
    assert crawl.rejected.empty
    first = crawl.posts.set_index("pid").loc[5001]
    post = server.posts[5001]
    assert first["uid"] == stable_id("101@N00")
    assert (first["title"], first["description"], first["alltags"]) == (
        'Ferry "1", again', post.description, "sea tag1",
    )  # fmt: skip
    assert first["postdate"] == post.uploaded
    assert first["image_url"] == f"{server.address}/65535/5001_{post.secret}.jpg"
    assert (first["groupcount"], first["avgmembercount"]) == (1, 5.0)
    last = done.folder / "COMPLETE"
    assert last.stat().st_mtime == NOW
    about = read_json(done.folder / "crawl.json")
    assert (about["endpoint"], about["since"], about["until"]) == (server.endpoint, SINCE, NOW - 3600)


def test_on_first_contact_means_are_those_of_the_day_and_the_batch_says_so(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    done = discover(choose(), flickr, store, since=NOW - DAY - 1200)
    assert done.folder is not None
    assert (done.folder / "COMPLETE").read_text() == "at_crawl"
    views = pd.Series([post.views_at(NOW) for post in server.posts.values() if post.owner == "100@N00"])
    users = written(done.folder).groupby("uid")["avgview"].first()
    assert float(users[stable_id("100@N00")]) == round(views.mean(), 1)  # the older ones of the user, too
    readings = pd.read_csv(done.folder / "readings.csv")
    assert set(readings["seen"]) == {NOW}
    assert readings.set_index("pid").loc[5011, "views"] == server.posts[5011].views_at(NOW)


def test_where_earlier_batches_know_a_user_means_are_as_of_the_post(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    uid, other = stable_id("100@N00"), stable_id("101@N00")
    known = pd.DataFrame({"pid": [1, 2, 3, 4], "uid": [uid, uid, uid, other], "postdate": [SINCE - 99 * DAY] * 4})
    empty = {name: 0.0 for name in POSTS.names if name not in known and POSTS.field(name).type != "string"}
    text = dict.fromkeys(("alltags", "title", "description", "image_url"), "")
    write_table(paths.posts("may"), known.assign(**(empty | text)), POSTS)
    late = server.posts[5010].uploaded
    labels = known.assign(
        label=3.0, views=[10.0, 21.0, 5000.0, 7.0], seen=[SINCE, SINCE, late, late + 9], age_days=3.0, given_split=""
    )
    write_table(paths.labels("may"), labels, LABELS)
    set_param(folder, "batches.may", {"source": "smp", "path": "crawls/may", "of": "views"})
    done = discover(choose(), flickr, store, since=SINCE)
    assert done.folder is not None
    assert (done.folder / "COMPLETE").read_text() == "as_of_post"
    means = written(done.folder)["avgview"]
    assert [means[pid] for pid in (5000, 5005, 5010, 5001)] == ["15.5", "15.5", "15.5", ""]
    assert server.methods["people.getPublicPhotos"] == 0


def test_a_search_over_the_cap_is_halved_until_each_part_is_below(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CAP", 4), ("PER_PAGE", 2)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr("popularity.demo.flickr.CAP", 4)
    done = discover(choose(), flickr, store, since=SINCE)
    assert (done.posts, done.told) == (12, [])
    assert set(written(paths.inbox(done.name)).index) == set(server.posts)


def test_a_second_too_full_is_told(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CAP", 4), ("PER_PAGE", 2)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr("popularity.demo.flickr.CAP", 4)
    for id in range(5000, 5006):
        server.change(id, uploaded=NOW - 2 * DAY)
    done = discover(choose(), flickr, store, since=SINCE)
    assert done.posts == 10
    assert done.told == ["1 seconds have more than 4 posts, of which 4 were looked at: 2023-11-12T22:13:20+00:00"]


def test_pages_that_move_give_no_post_twice_and_what_was_missed_is_counted(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PER_PAGE", 5)
    pages = 0

    def move(method: str) -> None:
        nonlocal pages
        pages += method == module.SEARCH
        if method == module.SEARCH and pages == 2:  # one of the first page is deleted, and a later one moves up
            server.change(5000, gone="deleted")
        if method == module.SEARCH and pages == 3:  # it is back: one comes again
            server.change(5000, gone=None)

    server.before = move
    done = discover(choose(), flickr, store, since=SINCE)
    assert written(paths.inbox(done.name)).index.is_unique
    assert set(server.posts) - set(written(paths.inbox(done.name)).index) == {5005}
    assert done.told == [
        "1 results had come before: pages moved, or another search found them",
        "1 results were told of and did not come: pages moved, or posts went",
    ]


def test_what_cannot_be_read_costs_no_other_post(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.change(5003, owner="")
    server.change(5004, title="half \ud83d of a smile\0", description="")
    done = discover(choose(), flickr, store, since=SINCE)
    assert done.told == ["1 results could not be read"]
    assert written(paths.inbox(done.name))["title"][5004] == "half \N{REPLACEMENT CHARACTER} of a smile".replace(
        "\N{REPLACEMENT CHARACTER}", "\N{REPLACEMENT CHARACTER}" * 3
    )


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (Search(tags=("tag1", "tag2")), {5001, 5002, 5008, 5009}),
        (Search(tags=("tag1", "sea"), tag_mode="all"), {5001, 5008}),
        (Search(text="ferry 7"), {5007}),
        (Search(user="103@N00"), {5003, 5008}),
        (Search(group="9@N22"), set(range(5000, 5012))),
    ],
)
def test_each_way_to_search(choose: Choose, flickr: Flickr, store: Writer, search: Search, expected: set[int]) -> None:
    done = discover(choose(search), flickr, store, since=SINCE)
    assert set(written(paths.inbox(done.name)).index) == expected


def test_the_next_crawl_begins_where_the_last_one_ended_and_asks_anew(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    assert discover(choose(), flickr, store, since=SINCE).posts == 12
    searched = server.methods["photos.search"]
    late = posts(14, until=NOW + 3000)[-2:]
    server.posts |= {post.id: post for post in late}
    server.fixed_now = NOW + DAY
    done = discover(choose(), flickr, store)
    assert (done.name, done.posts, done.known) == ("flickr-20231115", 2, 0)
    assert server.methods["photos.search"] > searched
    about = read_json(paths.inbox(done.name) / "crawl.json")
    assert (about["since"], about["until"]) == (NOW - 3600 + 1, NOW + DAY - 3600)


def test_a_crawl_that_was_interrupted_goes_on_with_its_own_end_and_asks_for_nothing_twice(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, tmp_path: Path
) -> None:
    server.faults = {module.PUBLIC_GROUPS: ["105"] * 5}
    with pytest.raises(InVainError):
        discover(choose(), flickr, store, since=SINCE)
    assert not paths.INBOX.exists()
    before = server.asked.copy()
    server.fixed_now = NOW + 5 * DAY
    done = discover(choose(Search(text="nothing")), flickr, store)
    assert (done.name, done.posts, done.known) == ("flickr-20231114", 12, 1)
    again = (server.asked - before).keys() & before.keys()
    assert {call.split()[0] for call in again} <= {module.PUBLIC_GROUPS}
    assert read_json(paths.inbox(done.name) / "crawl.json")["until"] == NOW - 3600


def test_another_beginning_is_refused_while_a_crawl_waits_and_another_name_takes_it(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.faults = {module.PUBLIC_GROUPS: ["105"] * 5}
    with pytest.raises(InVainError):
        discover(choose(), flickr, store, since=SINCE)
    for name in (None, "flickr-20231114"):
        with pytest.raises(UserError, match=r"flickr-20231114 .* from 2023-11-11T22:13:20\+00:00 on\n.*--name"):
            discover(choose(), flickr, store, since=SINCE - DAY, name=name)
    with pytest.raises(UserError, match="flickr-20231114 was interrupted"):
        estimate(choose(), flickr, store, since=SINCE - DAY)
    assert discover(choose(), flickr, store, since=SINCE - DAY, name="june").name == "june"
    assert discover(choose(), flickr, store, since=SINCE).name == "flickr-20231114"


def test_a_dry_run_tells_of_the_crawl_that_waits_what_is_left_of_it(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.before = lambda method: (
        server.faults.update({method: ["105"] * 5})
        if method == module.PUBLIC_GROUPS and server.methods["people.getPublicPhotos"] == 2
        else None
    )
    with pytest.raises(InVainError):
        discover(choose(), flickr, store, since=SINCE)
    server.before, server.faults = (lambda method: None), {}
    told = estimate(choose(Search(tags=("none",))), flickr, store)
    goes_on = "flickr-20231114 goes on, from 2023-11-11T22:13:20+00:00 to 2023-11-14T21:13:20+00:00"
    assert told.told == [goes_on, "search 1: 12 posts"]
    done = discover(choose(), flickr, store)
    assert (done.posts, done.known) == (12, 1 + 6)
    assert (told.least, told.most) == (0, 2 * 12 - 6)
    assert told.least <= done.made <= told.most


def test_a_day_without_a_new_post_writes_no_batch_and_is_done(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    done = discover(choose(Search(tags=("none",))), flickr, store, since=SINCE)
    assert (done.folder, done.posts) == (None, 0)
    assert [plan.is_done for plan in plans(store, "discover", server.endpoint)] == [True]
    assert discover(choose(), flickr, store).told == ["nothing is looked for yet: the last 60 minutes are left out"]


def test_crawls_of_another_endpoint_neither_go_on_here_nor_say_where_to_begin(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    elsewhere = {"endpoint": "elsewhere", "since": 1, "until": 2, "searches": [{}]}
    put_plan(store, Plan("begun", "discover", elsewhere))
    put_plan(store, Plan("done", "discover", elsewhere), is_done=True)
    done = discover(choose(), flickr, store)
    assert done.name == "flickr-20231114"
    assert read_json(paths.inbox(done.name) / "crawl.json")["since"] == NOW - 3600 - DAY


def test_posts_of_earlier_batches_are_not_written_again(
    folder: Path, choose: Choose, flickr: Flickr, store: Writer
) -> None:
    first = discover(choose(), flickr, store, since=SINCE)
    assert first.folder is not None
    crawl = read_crawl(first.folder, (FilePair(data="posts.csv"),), "log2_views")
    write_table(paths.posts("may"), crawl.posts[crawl.posts["pid"] < 5004], POSTS)
    set_param(folder, "batches.may", {"source": "smp", "path": first.folder.as_posix()})
    done = discover(choose(), flickr, store, since=SINCE, name="again")
    assert (done.posts, done.told) == (8, ["4 results are in earlier batches"])


@pytest.mark.parametrize("name", [None, "june"])
def test_a_refused_search_ends_its_crawl_and_what_is_corrected_begins_where_that_had_begun(
    choose: Choose, flickr: Flickr, store: Writer, name: str | None
) -> None:
    with pytest.raises(UserError, match="item 2: Flickr refuses it with code 2"):
        discover(choose(Search(tags=("sea",)), Search(user="nobody@N00")), flickr, store, name=name)
    assert plans(store, "discover", choose().crawl.flickr.endpoint) == []
    done = discover(choose(Search(tags=("sea",)), Search(user="101@N00")), flickr, store, name=name)
    assert (done.name, done.posts) == (name or "flickr-20231114", 7)
    assert done.folder is not None
    assert read_json(done.folder / "crawl.json")["since"] == NOW - 3600 - DAY


def test_errors_name_the_next_step(choose: Choose, folder: Path, flickr: Flickr, store: Writer) -> None:
    with pytest.raises(UserError, match="item 2: Flickr refuses it with code 2"):
        discover(choose(Search(tags=("sea",)), Search(user="nobody@N00")), flickr, store, since=SINCE)
    paths.inbox("may").mkdir(parents=True)
    with pytest.raises(UserError, match="data/inbox/may is there already"):
        discover(choose(), flickr, store, name="may")
    put_plan(store, Plan("june", "complete", {"endpoint": "elsewhere"}))
    with pytest.raises(UserError, match="had the name june already"):
        discover(choose(), flickr, store, name="june")
    with pytest.raises(UserError, match="names nothing to look for"):
        discover(load_settings(), flickr, store, name="july")


def test_a_dry_run_asks_one_question_a_search_and_leaves_nothing(
    choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    told = estimate(choose(Search(tags=("sea",)), Search(tags=("tag1",))), flickr, store, since=SINCE)
    assert told.told == ["search 1: 12 posts", "search 2: 2 posts"]
    assert (told.least, told.most) == (3, 3 + 2 * 14)
    assert server.methods == {"test.echo": 1, "photos.search": 2}
    assert store.keys(module.Kind.CALL) == store.keys(module.Kind.CRAWL) == []
    done = discover(choose(), flickr, store, since=SINCE)
    assert done.made <= told.most


@pytest.fixture(autouse=True)
def _bars(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    capsys.readouterr()
