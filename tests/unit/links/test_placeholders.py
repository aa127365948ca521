from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.project import ROOT
from popularity.links.placeholders import as_placeholders, drop_photos, find_placeholders
from popularity.posts import PHOTOS, shard_path
from popularity.settings import FilterLinks, load_settings

HOST = "https://photos.example/"


@pytest.fixture
def settings() -> FilterLinks:
    return load_settings(ROOT / "params.yaml").filter_links


def batch(rows: Iterable[tuple[int, str, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Posts and links of rows of uid, link and SHA-256, "" where the link is dead."""
    frame = pd.DataFrame(rows, columns=["uid", "image_url", "sha256"]).rename_axis("pid").reset_index()
    alive = frame["sha256"] != ""
    links = frame[["pid", "sha256"]].assign(
        alive=alive, reason=(~alive).map({True: "time-out", False: ""}), phash="00", width=9, height=9
    )
    return frame[["pid", "uid", "image_url"]], links


def moved(links: Iterable[str], address: str, outcome: str = "ok") -> pd.DataFrame:
    return pd.DataFrame({"link": list(links), "address": address, "outcome": outcome})


NOWHERE = moved([], "")


def ordinary(n: int, host: str = HOST) -> list[tuple[int, str, str]]:
    return [(i, f"{host}{i}.jpg", f"{i:x}") for i in range(n)]


def same(n: int, users: int, host: str = HOST, sha256: str = "gone") -> list[tuple[int, str, str]]:
    return [(i % users, f"{host}{sha256}-{i}.jpg", sha256) for i in range(n)]


def found(rows: list[tuple[int, str, str]], settings: FilterLinks, answers: pd.DataFrame = NOWHERE) -> int:
    return int(find_placeholders(*batch(rows), answers, settings).sum())


def test_one_picture_behind_many_links_of_many_users_is_none(settings: FilterLinks) -> None:
    posts, links = batch(ordinary(120) + same(80, 40))
    gone = find_placeholders(posts, links, NOWHERE, settings)
    assert gone.tolist() == [False] * 120 + [True] * 80
    told = as_placeholders(links, gone)
    assert told["alive"].sum() == 120
    assert told.loc[gone, ["reason", "sha256", "phash", "width"]].drop_duplicates().values.tolist() == [
        ["placeholder", "gone", "", 0]
    ]
    assert told[~gone].equals(links[~gone])


@pytest.mark.parametrize(("links", "users"), [(19, 19), (40, 9)])
def test_few_links_or_few_users_share_a_picture_as_people_do(settings: FilterLinks, links: int, users: int) -> None:
    assert found(ordinary(100) + same(links, users), settings) == 0


def test_a_picture_that_is_shared_not_far_more_than_others_is_a_meme(settings: FilterLinks) -> None:
    memes = [row for n in range(19) for row in same(n + 1, n + 1, sha256=f"meme{n}")]
    assert found(ordinary(50) + memes + same(40, 40), settings) == 0


def test_memes_on_one_template_with_other_captions_are_none(settings: FilterLinks) -> None:
    posts, links = batch(ordinary(200))
    assert links["phash"].nunique() == 1  # all alike, and no bytes the same
    assert not find_placeholders(posts, links, NOWHERE, settings).any()


def test_each_host_is_judged_by_itself(settings: FilterLinks) -> None:
    other = "https://other.example/"
    popular = same(15, 15, host=other, sha256="meme")
    assert found(ordinary(50) + popular + same(30, 30), settings) == 30
    assert found(ordinary(50) + popular + same(30, 30, host=other), settings) == 0


def test_pictures_for_several_sizes_are_all_found(settings: FilterLinks) -> None:
    assert found(ordinary(50) + same(60, 30) + same(25, 20, sha256="gone-small"), settings) == 85


def test_a_link_that_many_posts_share_is_one(settings: FilterLinks) -> None:
    assert found(ordinary(50) + [(user, f"{HOST}one.jpg", "one") for user in range(40)], settings) == 0


@pytest.mark.parametrize(("n", "expected"), [(4, 0), (5, 5)])
def test_links_of_one_host_that_redirect_to_one_address(settings: FilterLinks, n: int, expected: int) -> None:
    links = [f"{HOST}{i}.jpg" for i in range(n)]
    assert found(ordinary(50), settings, moved(links, f"{HOST}removed.png")) == expected


def test_redirects_of_other_hosts_or_to_other_addresses_are_counted_apart(settings: FilterLinks) -> None:
    to_one = moved([f"{HOST}{i}.jpg" for i in range(4)] + ["https://b.example/1.jpg"], f"{HOST}removed.png")
    each = pd.concat([moved([f"{HOST}{i}.jpg"], f"https://cdn.example/{i}") for i in range(9)])
    assert found([*ordinary(50), (1, "https://b.example/1.jpg", "b")], settings, to_one) == 0
    assert found(ordinary(50), settings, each) == 0


def test_a_dead_link_keeps_its_own_reason(settings: FilterLinks) -> None:
    links = [f"{HOST}{i}.jpg" for i in range(9)]
    answers = moved(links, f"{HOST}removed.png", outcome="http status 404")
    assert found([(1, link, "") for link in links], settings, answers) == 0


def test_a_link_that_is_no_address_changes_nothing(settings: FilterLinks) -> None:
    assert found([*ordinary(50), *same(30, 30), (1, "http://[::1", ""), (2, "//[a", "")], settings) == 30


def test_their_photos_leave_the_shards(tmp_path: Path) -> None:
    rows = [{"pid": n, "sha256": "0", "width": 1, "height": 1, "jpeg": b"j"} for n in range(6)]
    for number in range(2):
        table = pa.Table.from_pylist(rows[3 * number : 3 * number + 3], schema=PHOTOS)
        pq.write_table(table, shard_path(tmp_path, number))
    drop_photos(tmp_path, pd.Series([1, 3, 4, 5]))
    shards = [pq.read_table(shard_path(tmp_path, number)) for number in range(2)]
    assert [shard["pid"].to_pylist() for shard in shards] == [[0, 2], []]
    assert {shard.schema for shard in shards} == {PHOTOS}
