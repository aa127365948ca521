from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from popularity.links.check import Reader, check_chunk, check_posts, counts
from popularity.links.decoders import Decoders
from popularity.links.folder import Folder
from popularity.links.fresh import FreshAnswers
from popularity.posts import LINKS, PHOTOS, photo_shards
from popularity.settings import load_settings

PARAMS = Path(__file__).parents[3] / "params.yaml"
LINKS_OF_POSTS = ["0.jpg", "gone.jpg", "2.jpg", "page.html", "4.jpg", "0.jpg", "6.jpg"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos of very different size, so that they finish in another order than they start."""
    for n in (0, 2, 4, 6):
        side = 800 if n == 0 else 20 + n
        pixels = np.random.default_rng(n).integers(0, 255, (side, side, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{n}.jpg")
    (tmp_path / "page.html").write_text("<html>")
    return tmp_path


@pytest.fixture
def reader(folder: Path, pool: Decoders) -> Reader:
    settings = load_settings(PARAMS)
    of_three = settings.filter_links.model_copy(update={"shard_rows": 3})
    return Reader(Folder(folder), FreshAnswers(settings.fetch, folder), of_three, settings.fetch.max_bytes, pool)


@pytest.fixture
def posts() -> pd.DataFrame:
    return pd.DataFrame({"pid": range(10, 10 + len(LINKS_OF_POSTS)), "image_url": LINKS_OF_POSTS})


def test_every_post_has_a_row_in_the_posts_order(folder: Path, reader: Reader, posts: pd.DataFrame) -> None:
    links = check_posts(posts, reader, folder / "out")
    assert links["pid"].tolist() == posts["pid"].tolist()
    assert links["alive"].tolist() == [True, False, True, False, True, True, True]
    assert links["reason"].tolist() == ["", "missing file", "", "not an image", "", "", ""]


def test_the_bytes_that_came_have_a_hash_though_they_are_no_photo(
    folder: Path, reader: Reader, posts: pd.DataFrame
) -> None:
    links, _ = check_chunk(posts, reader, lambda done: None)
    assert links["sha256"].str.len().tolist() == [64, 0, 64, 64, 64, 64, 64]


def test_shards_hold_the_alive_posts_by_ascending_pid(folder: Path, reader: Reader, posts: pd.DataFrame) -> None:
    check_posts(posts, reader, folder / "out")
    shards = photo_shards(folder / "out")
    assert [path.name for path in shards] == [f"part-0000{n}.parquet" for n in range(3)]
    assert [pq.read_table(path)["pid"].to_pylist() for path in shards] == [[10, 12], [14, 15], [16]]


def test_without_an_alive_photo_there_is_one_empty_shard(folder: Path, reader: Reader, posts: pd.DataFrame) -> None:
    check_posts(posts.assign(image_url=""), reader, folder / "out")
    (shard,) = photo_shards(folder / "out")
    assert pq.read_table(shard).equals(PHOTOS.empty_table())


def test_no_posts_at_all_are_no_error(folder: Path, reader: Reader, posts: pd.DataFrame) -> None:
    links = check_posts(posts.head(0), reader, folder / "out")
    assert links.columns.tolist() == LINKS.names
    assert counts(links) == {"rows_in": 0, "rows_out": 0, "dropped": {}}


def test_a_second_run_writes_the_same_bytes(folder: Path, reader: Reader, posts: pd.DataFrame) -> None:
    written = []
    for run in ("first", "second"):
        check_posts(posts, reader, folder / run)
        written.append([path.read_bytes() for path in photo_shards(folder / run)])
    assert written[0] == written[1]


def test_a_link_that_posts_share_is_read_once_and_every_post_is_counted(
    folder: Path, reader: Reader, posts: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    done: list[int] = []
    read_file = Folder.read
    monkeypatch.setattr(Folder, "read", lambda *args: (read.append(args[1]), read_file(*args))[1])
    check_chunk(posts, reader, done.append)
    assert sorted(read) == sorted(set(LINKS_OF_POSTS))
    assert sum(done) == len(posts)


def test_dropped_posts_are_counted_by_reason(folder: Path, reader: Reader, posts: pd.DataFrame) -> None:
    links, _ = check_chunk(posts, reader, lambda done: None)
    assert counts(links) == {"rows_in": 7, "rows_out": 5, "dropped": {"missing file": 1, "not an image": 1}}
