from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.local_flickr import DAY, NOW, CountingFlickr
from kit.project import set_param
from popularity import paths
from popularity.crawl.api import Flickr, InVainError
from popularity.crawl.batch import ABOUT
from popularity.crawl.infos import INFO
from popularity.crawl.ledger import Plan, put_plan
from popularity.crawl.revisit import due_posts, estimate, read_gone, revisit
from popularity.files import write_json
from popularity.forgotten import Forgotten
from popularity.posts import LABELS, POSTS, write_table
from popularity.settings import Settings
from popularity.sources.ids import stable_id
from popularity.sources.visits import apply_visits
from popularity.store.store import Writer

Choose = Callable[..., Settings]
AGES = (3, 30)


@pytest.fixture
def batch(folder: Path, server: CountingFlickr) -> str:
    """A batch that a crawl of Flickr left, read by ingest: 5008 to 5011 are half an hour less than 3 days old."""
    for id, post in server.posts.items():
        late = 1800 if id >= 5008 else 0
        server.change(id, uploaded=NOW - 3 * DAY - (id < 5008) * (5008 - id) * 60 + late, views=post.views)
    posts = pd.DataFrame({"pid": list(server.posts), "uid": 7})
    posts["postdate"] = [post.uploaded for post in server.posts.values()]
    numbers = [name for name in POSTS.names if POSTS.field(name).type == "double"]
    texts = [name for name in POSTS.names if POSTS.field(name).type == "string"]
    write_table(paths.posts("may"), posts.assign(**dict.fromkeys(numbers, 0.0), **dict.fromkeys(texts, "")), POSTS)
    write_labels({})
    write_json(paths.raw("may") / ABOUT, {"endpoint": server.endpoint})
    (paths.raw("may") / "readings.csv").write_text(f"pid,views,seen\n5001,4,{NOW - 2 * DAY}\n5002,6,{NOW - 2 * DAY}\n")
    set_param(folder, "batches.may", {"source": "smp", "path": paths.raw("may").as_posix()})
    return "may"


def write_labels(seen: dict[int, int]) -> None:
    posts = pd.read_parquet(paths.posts("may"))[["pid", "postdate"]]
    when = posts["pid"].map(seen).astype(np.float64)
    labels = posts.assign(label=when * 0 + 1, views=when * 0 + 1, seen=when, age_days=3.0, given_split="")
    write_table(paths.labels("may"), labels, LABELS)


def aged(settings: Settings) -> Settings:
    return settings.model_copy(update={"crawl": settings.crawl.model_copy(update={"revisit_days": AGES})})


def visits() -> list[Path]:
    return sorted(paths.visits("may").glob("*.csv"))


def test_posts_that_have_reached_an_age_are_read_once_with_their_date(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    chosen = aged(choose())
    (done,) = revisit(chosen, flickr, store)
    assert (done.name, done.posts, done.made) == ("may", 8, 8)
    (file,) = visits()
    assert file.name == "revisit-20231114t221320z.csv"
    views = [server.posts[pid].views_at(NOW) for pid in range(5000, 5008)]
    assert pd.read_csv(file).to_dict("list") == {
        "pid": list(range(5000, 5008)), "views": views, "seen": [NOW] * 8,
    }  # fmt: skip
    assert revisit(chosen, flickr, store) == []
    server.fixed_now = NOW + 1800
    assert [one.posts for one in revisit(chosen, flickr, store)] == [4]
    server.fixed_now = NOW + 28 * DAY
    assert [one.posts for one in revisit(chosen, flickr, store)] == [12]
    assert len(visits()) == 3


def test_ingest_takes_them_as_labels(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.change(5003, gone="deleted")
    revisit(aged(choose()), flickr, store)
    labels = pd.read_parquet(paths.labels("may")).assign(pending="not counted yet")
    read = apply_visits(paths.visits("may"), labels, frozenset(server.posts), "log2_views", 3)
    assert read.rejected.empty
    of_5001 = read.labels.set_index("pid").loc[5001]
    assert (of_5001["views"], of_5001["seen"]) == (server.posts[5001].views_at(NOW), NOW)
    assert read.labels["label"].notna().sum() == 7


def test_views_of_posts_that_were_old_when_they_were_crawled_become_labels_without_a_call(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    readings = f"pid,views,seen\n5001,4,{NOW - 60}\n5002,6,{NOW - 2 * DAY}\n"
    (paths.raw("may") / "readings.csv").write_text(readings)
    chosen = aged(choose())
    assert 5001 in due_posts(chosen, "may", NOW)
    told = estimate(chosen, flickr, store)
    (done,) = revisit(chosen, flickr, store)
    assert (done.posts, done.made) == (8, 7)
    assert told.most == 7 + 1
    assert not [call for call in server.order if call.endswith("=5001")]
    labels = pd.read_parquet(paths.labels("may")).assign(pending="not counted yet")
    read = apply_visits(paths.visits("may"), labels, frozenset(server.posts), "log2_views", 3).labels.set_index("pid")
    assert read.loc[[5001, 5002], ["views", "seen"]].to_numpy().tolist() == [
        [4, NOW - 60], [server.posts[5002].views_at(NOW), NOW],
    ]  # fmt: skip
    assert read["label"].notna().sum() == 8
    assert 5001 not in due_posts(chosen, "may", NOW)
    assert 5001 in due_posts(chosen, "may", NOW + 28 * DAY)


def test_who_is_gone_stands_there_with_the_last_views_and_is_not_asked_for_again(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.change(5001, gone="deleted")
    server.change(5003, gone="private")
    (done,) = revisit(aged(choose()), flickr, store)
    assert (done.posts, done.told) == (6, ["2 posts are gone, see data/visits/may/gone.json"])
    assert read_gone("may") == [
        {"pid": 5001, "reason": "deleted, private, or never there", "noticed": NOW, "views": 4, "seen": NOW - 2 * DAY},
        {"pid": 5003, "reason": "private", "noticed": NOW},
    ]
    server.fixed_now = NOW + 40 * DAY
    server.change(5002, gone="deleted")
    revisit(aged(choose()), flickr, store)
    assert server.asked.total() == 2 + 8 + 10  # the time twice
    assert [(one["pid"], one.get("views"), one.get("seen")) for one in read_gone("may")] == [
        (5001, 4, NOW - 2 * DAY), (5002, server.posts[5002].views_at(NOW), NOW), (5003, None, None),
    ]  # fmt: skip


def test_a_post_of_which_nothing_is_known_costs_no_other_one_and_is_asked_for_next_time(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, only_friends: int
) -> None:
    server.faults = {INFO: ["other form"] * 5}
    (done,) = revisit(aged(choose()), flickr, store)
    assert (done.posts, done.told) == (6, ["1 posts were refused with code 7", "1 posts could not be read"])
    assert read_gone("may") == []
    assert due_posts(aged(choose()), "may", NOW) == [5000, only_friends]
    server.fixed_now = NOW + 60
    (done,) = revisit(aged(choose()), flickr, store)
    assert (done.posts, done.told) == (1, ["1 posts were refused with code 7"])


def test_posts_whose_views_came_another_way_are_not_due(batch: str, choose: Choose, folder: Path) -> None:
    chosen = aged(choose())
    write_labels({5000: NOW - 60, 5001: NOW - 3 * DAY})
    old = {pid: due_posts(chosen, "may", NOW + at).count(pid) for pid, at in ((5000, 0), (5001, 0), (5000, 40 * DAY))}
    assert old == {5000: 1, 5001: 1}
    write_labels({5000: NOW + 60})
    assert 5000 not in due_posts(chosen, "may", NOW)
    assert 5000 in due_posts(chosen, "may", NOW + 40 * DAY)


def test_batches_of_another_endpoint_are_left_alone(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    write_json(paths.raw("may") / ABOUT, {"endpoint": "https://api.flickr.com/services/rest/"})
    assert revisit(aged(choose()), flickr, store) == []
    assert server.asked.total() == 0


def test_a_run_that_was_interrupted_ends_in_the_file_that_it_had_begun(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.before = lambda method: server.faults.update({method: ["105"] * 9}) if server.asked.total() == 6 else None
    with pytest.raises(InVainError):
        revisit(aged(choose()), flickr, store)
    assert visits() == []
    server.before, server.faults = (lambda method: None), {}
    server.fixed_now = NOW + 60
    told = estimate(aged(choose()), flickr, store)
    assert told.told == ["may: 8 posts are due"]
    server.asked.clear()
    done = revisit(aged(choose()), flickr, store)
    assert [(one.posts, one.known + one.made) for one in done] == [(8, 8)]
    assert server.asked.total() == done[0].made + 1 == told.least == told.most == 3 + 1
    seen = pd.read_csv(visits()[0])["seen"]
    assert visits()[0].name == "revisit-20231114t221320z.csv"
    assert set(seen) == {NOW, NOW + 60}


def test_posts_of_people_who_asked_to_be_forgotten_are_not_looked_at(
    batch: str, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    chosen = aged(choose())
    Forgotten.read().adding(posts=[5000], users=[stable_id("101@N00")]).write()
    assert 5000 not in due_posts(chosen, batch, NOW)
    choices = {"endpoint": server.endpoint, "batch": batch, "pids": [5000, 5001, 5002]}
    put_plan(store, Plan("revisit-may-begun", "revisit", choices))
    (first, _) = revisit(chosen, flickr, store)
    assert first.posts == 1
    assert not [call for call in server.order if call.endswith("=5000")]
    looked = pd.concat([pd.read_csv(file) for file in visits()])
    assert not {5000, 5001} & set(looked["pid"])
