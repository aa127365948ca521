"""People who asked to be forgotten, when a crawl meets them: not asked about, not written, not kept."""

import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from kit.local_flickr import DAY, NOW, CountingFlickr
from popularity import paths
from popularity.crawl.api import Flickr
from popularity.crawl.complete import complete
from popularity.crawl.discover import discover
from popularity.forgetting.forget import Plan, carry_out, plan
from popularity.forgotten import Forgotten
from popularity.settings import Search, Settings
from popularity.sources.ids import stable_id
from popularity.store.store import Writer

Choose = Callable[..., Settings]
OWNER = "101@N00"
"""Of the posts 5001, 5006 and 5011."""

OTHERS = ["5000", "5002", "5003", "5004", "5005", "5007", "5008", "5009", "5010"]


def forget() -> None:
    Forgotten.read().adding(users=[stable_id(OWNER)]).write()


def kept() -> bytes:
    """Every byte that the project has, but the code and who asked."""
    return b"".join(file.read_bytes() for file in sorted(Path("data").rglob("*")) if file.is_file())


def test_discover_neither_asks_about_them_nor_writes_nor_keeps_their_posts(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    forget()
    done = discover(choose(Search(), Search(user=OWNER)), flickr, store, since=NOW - 3 * DAY)
    assert done.told == ["3 results are left out: forgotten at a person's request"]
    assert pd.read_csv(paths.inbox(done.name) / "posts.csv")["pid"].astype(str).tolist() == OTHERS
    assert not [call for call in server.order if "101%40N00" in call]
    left = kept()
    assert b"100@N00" in left
    told = [server.posts[pid].secret.encode() for pid in (5001, 5006, 5011)]
    assert not [one for one in told if one in left]


def test_who_is_forgotten_while_a_crawl_is_at_work_is_in_nothing_that_it_wrote(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr
) -> None:
    settings, agreed = choose(), list[Plan]()
    forgetting = threading.Thread(target=carry_out, args=([stable_id(OWNER)], [], settings, agreed.append))

    def before(method: str) -> None:
        if method == "flickr.people.getPublicGroups" and forgetting.ident is None:
            forgetting.start()
            forgetting.join(1)

    server.before = before
    with Writer(paths.FETCHED) as store:
        done = discover(settings, flickr, store, since=NOW - 3 * DAY)
        assert done.posts == 12
        assert forgetting.is_alive()
    forgetting.join()
    assert pd.read_csv(paths.inbox(done.name) / "posts.csv")["pid"].astype(str).tolist() == OTHERS
    told = [OWNER.encode(), *(server.posts[pid].secret.encode() for pid in (5001, 5006, 5011))]
    assert not [one for one in told if one in kept()]
    assert [found.posts for found in agreed] == [3]
    assert plan([stable_id(OWNER)], [], settings).lines == []


def test_complete_leaves_out_rows_of_theirs_and_posts_that_turn_out_to_be_theirs(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    forget()
    table = folder / "ids.csv"
    table.write_text(f"pid,uid\n5001,{OWNER}\n5006,\n5002,\n")
    done = complete(choose(), flickr, store, table, name="may")
    assert (done.posts, done.told) == (1, ["2 posts are left out: forgotten at a person's request"])
    assert pd.read_csv(paths.inbox("may") / "posts.csv")["pid"].tolist() == [5002]
    assert [call.split("=")[-1] for call in server.order] == ["5002", "5006"]
    assert b"photo_id=5002" in kept()
    assert b"5006" not in kept()
