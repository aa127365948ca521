import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from kit.local_flickr import NOW, CountingFlickr
from popularity import paths
from popularity.crawl.api import Flickr, InVainError
from popularity.crawl.complete import SIZES, complete, estimate, name_of
from popularity.crawl.infos import INFO, MOST_STRANGE
from popularity.errors import UserError
from popularity.links.folder import Folder
from popularity.links.gone import as_gone
from popularity.settings import FilePair, Settings
from popularity.sources.ids import stable_id
from popularity.sources.smp import read_crawl
from popularity.store.store import Writer
from popularity.web.reasons import Reason

Choose = Callable[..., Settings]
SMP_T1 = "pid,uid,postdate,commentcount,haspeople,titlelen,deslen,tagcount,avgview,groupcount,avgmembercount"


def table(folder: Path, *lines: str) -> Path:
    path = folder / "SMP T1.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(folder: Path | None) -> pd.DataFrame:
    assert folder is not None
    crawl = read_crawl(folder, (FilePair(data="posts.csv"),), "log2_views")
    assert crawl.rejected.empty
    return crawl.posts.set_index("pid")


def test_ids_alone_become_posts(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    done = complete(choose(), flickr, store, table(folder, "pid", "5001", "5004"), name="may")
    assert (done.posts, done.made, done.told) == (2, 2, [])
    row = read(done.folder).loc[5001]
    post = server.posts[5001]
    assert (row["uid"], row["postdate"]) == (stable_id(post.owner), post.uploaded)
    assert (row["title"], row["description"], row["alltags"]) == (post.title, post.description, "sea tag1")
    assert (row["haspeople"], row["commentcount"]) == (1, 1)
    assert row["image_url"] == f"{server.address}/65535/5001_{post.secret}.jpg"
    readings = pd.read_csv(paths.inbox("may") / "readings.csv")
    assert readings.to_dict("list") == {
        "pid": [5001, 5004], "views": [server.posts[pid].views_at(NOW) for pid in (5001, 5004)], "seen": [NOW, NOW],
    }  # fmt: skip


def test_what_smp_t1_says_is_kept_and_what_it_lacks_comes(
    folder: Path, choose: Choose, flickr: Flickr, store: Writer
) -> None:
    done = complete(choose(), flickr, store, table(folder, SMP_T1, "5001,77,1400000000,9,,3,4,5,812.5,14,5230.5"))
    assert done.name == "smp-t1"
    row = read(done.folder).loc[5001]
    assert (row["uid"], row["postdate"], row["commentcount"], row["avgview"]) == (77, 1_400_000_000, 9, 812.5)
    assert row["title"] == 'Ferry "1", again'
    assert pd.isna(row["haspeople"])  # the table has the column, and says nothing


def test_a_table_that_lacks_nothing_is_a_crawl_of_today(
    folder: Path, choose: Choose, flickr: Flickr, store: Writer
) -> None:
    lines = f"{SMP_T1},alltags,title,description,image_url", "5001,77,1400000000,9,1,3,4,5,812,14,523,a,b,c,1.jpg"
    began = time.time()
    done = complete(choose(), flickr, store, table(folder, *lines))
    assert (done.posts, done.made) == (1, 0)
    assert done.folder is not None
    assert (done.folder / "COMPLETE").stat().st_mtime >= began - 2  # file systems keep time coarsely


def test_posts_that_are_gone_are_told_apart_and_keep_what_the_table_says_of_them(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.change(5002, gone="private")
    rows = [f"{pid},7,1400000000,,,,,,,," for pid in (5001, 5002, 404)]
    done = complete(choose(), flickr, store, table(folder, SMP_T1, *rows), name="may")
    assert (done.posts, done.told) == (3, ["2 posts are gone"])
    posts = read(done.folder)
    assert posts.loc[[404, 5002], ["title", "image_url"]].to_numpy().tolist() == [["", ""], ["", ""]]
    links = as_gone(pd.DataFrame({"pid": [404, 5001, 5002], "reason": Reason.NO_LINK}), Folder(paths.inbox("may")))
    assert links["reason"].tolist() == [Reason.GONE_POST, Reason.NO_LINK, Reason.PRIVATE_POST]
    gone = pd.read_csv(paths.inbox("may") / "gone.csv")
    assert gone.to_dict("list") == {"pid": [404, 5002], "reason": ["deleted, private, or never there", "private"]}
    alone = complete(choose(), flickr, store, table(folder, "pid", "404", "5001"), name="june")
    assert alone.told == [
        "1 posts are gone", "1 posts have no row: the table says neither whose they are nor of when",
    ]  # fmt: skip
    assert read(alone.folder).index.tolist() == [5001]


def test_a_post_of_which_nothing_is_known_costs_no_other_one_and_is_not_gone(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, only_friends: int
) -> None:
    server.faults = {INFO: ["other form"] * 5}
    rows = [f"{pid},7,1400000000,,,,,,,," for pid in (5001, only_friends, 5004)]
    done = complete(choose(), flickr, store, table(folder, SMP_T1, *rows), name="may")
    assert (done.posts, done.told) == (3, ["1 posts were refused with code 7", "1 posts could not be read"])
    assert read(done.folder)["title"].tolist() == ["", "", server.posts[5004].title]
    assert not (paths.inbox("may") / "gone.csv").exists()


def test_the_crawl_ends_where_all_answers_have_another_form(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.faults = {INFO: ["other form"] * 99}
    pids = [str(pid) for pid in range(5000, 5012)]
    with pytest.raises(InVainError, match="its form is not the documented one, at photo"):
        complete(choose(), flickr, store, table(folder, "pid", *pids), name="may")
    assert server.methods.total() == 5 * MOST_STRANGE
    server.faults = {}
    assert complete(choose(), flickr, store, table(folder, "pid", *pids), name="may").posts == 12


def test_sizes_in_another_form_cost_the_photo_alone(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("popularity.demo.flickr.LocalPost.secret", "../x")
    server.faults = {SIZES: ["other form"] * 5}
    done = complete(choose(), flickr, store, table(folder, "pid", "5001", "5002"), name="may")
    assert read(done.folder)["image_url"].tolist() == ["", f"{server.address}/65535/5002_../x.jpg"]


def test_only_what_lacks_something_is_asked_for(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    header = "pid,uid,postdate,alltags,title,description,image_url"
    rows = ["5001,7,1400000000,,mine,,a.jpg", "5002,7,1400000000,,,,", '5003,7,1400000000,t,"a, b",,b.jpg']
    file = table(folder, header, *rows)
    told = estimate(choose(), store, file, name="may")
    assert (told.least, told.most, told.told) == (1, 2, ["1 of 3 posts lack something, 1 have not been asked for"])
    done = complete(choose(), flickr, store, file, name="may")
    assert server.methods == {"photos.getInfo": 1}
    posts = read(done.folder)
    assert posts["title"].tolist() == ["mine", "", "a, b"]
    assert posts.loc[5002, "image_url"].endswith(".jpg")
    assert posts.loc[[5001, 5003], "image_url"].tolist() == ["a.jpg", "b.jpg"]


def test_sizes_are_asked_for_where_no_address_can_be_made(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("popularity.demo.flickr.LocalPost.secret", "../x")
    done = complete(choose(), flickr, store, table(folder, "pid", "5001"), name="may")
    assert server.methods == {"photos.getInfo": 1, "photos.getSizes": 1}
    assert read(done.folder).loc[5001, "image_url"] == f"{server.address}/65535/5001_../x.jpg"


def test_a_crawl_that_was_interrupted_goes_on_with_the_table_that_it_began_with_alone(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer
) -> None:
    server.faults = {INFO: ["105"] * 5}
    with pytest.raises(InVainError):
        complete(choose(), flickr, store, table(folder, "pid", "5001"))
    with pytest.raises(UserError, match=r"SMP T1.csv is not as it was when the crawl smp-t1 began\n.*--name"):
        complete(choose(), flickr, store, table(folder, "pid", "5001", "5004"))
    other = complete(choose(), flickr, store, table(folder, "pid", "5001", "5004"), name="may")
    assert (other.name, other.posts) == ("may", 2)
    done = complete(choose(), flickr, store, table(folder, "pid", "5001"))
    assert read(done.folder).index.tolist() == [5001]


def test_a_side_below_the_stored_one_is_taken_only_where_there_is_no_other(
    folder: Path, choose: Choose, server: CountingFlickr, flickr: Flickr, store: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("popularity.demo.flickr.LocalPost.secret", "../x")
    monkeypatch.setattr("popularity.demo.flickr.SIDES", {"s": 240, "c": 800, "l": 1024})  # 240 is nearest to 500
    done = complete(choose(), flickr, store, table(folder, "pid", "5001"), name="may")
    assert read(done.folder).loc[5001, "image_url"].endswith("/5001_../x_c.jpg")
    monkeypatch.setattr("popularity.demo.flickr.SIDES", {"s": 240})
    done = complete(choose(), flickr, store, table(folder, "pid", "5001"), name="june")
    assert read(done.folder).loc[5001, "image_url"].endswith("/5001_../x_m.jpg")


def test_errors_name_the_row_and_the_next_step(folder: Path, choose: Choose, flickr: Flickr, store: Writer) -> None:
    with pytest.raises(UserError, match=r"SMP T1.csv, row 3, column pid: not a whole number \('x'\); 2 rows"):
        complete(choose(), flickr, store, table(folder, "pid", "5001", "x", "5001"), name="may")
    complete(choose(), flickr, store, table(folder, "pid", "5001"), name="may")
    with pytest.raises(UserError, match="a crawl had the name may already"):
        complete(choose(), flickr, store, table(folder, "pid", "5001"), name="may")
    assert name_of(Path("a/Été 2026!.csv")) == "t-2026"
