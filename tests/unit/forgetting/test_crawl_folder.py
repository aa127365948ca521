"""A crawl's folder without somebody's rows and photos."""

from pathlib import Path

import pytest

from popularity.forgetting.crawl_folder import CrawlFolder, posts_of
from popularity.forgotten import Forgotten

FORGOTTEN = Forgotten(b"").adding(users=[7], posts=[1, 2])
POSTS = """\
pid,uid,image_url
1,7,images/a.jpg
2,7,http://host/2.jpg
3,8,images/c.jpg
4,8,images\\shared.jpg
1,7,images/shared.jpg
"""


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    (tmp_path / "crawl/images").mkdir(parents=True)
    (tmp_path / "crawl/posts.csv").write_text(POSTS)
    (tmp_path / "crawl/labels.csv").write_text("pid,label\n1,3\n3,4\n")
    for name in ("a", "c", "shared", "2"):
        (tmp_path / f"crawl/images/{name}.jpg").write_bytes(name.encode())
    return tmp_path / "crawl"


def test_an_id_of_any_length_is_somebody_else_s(crawl: Path) -> None:
    with (crawl / "posts.csv").open("a") as file:
        file.write(f"{'9' * 5000},{'8' * 5000},images/c.jpg\n")
    assert CrawlFolder.read(crawl, FORGOTTEN).photos == ("images/2.jpg", "images/a.jpg")
    assert list(posts_of(crawl, lambda uid: uid == 7)) == [1, 2, 1]


def test_rows_and_photos_go_but_those_that_others_show(crawl: Path) -> None:
    found = CrawlFolder.read(crawl, FORGOTTEN)
    assert str(found) == "1 rows of labels.csv, 3 rows of posts.csv, 2 photos"
    found.rewrite()
    assert (crawl / "posts.csv").read_text() == "pid,uid,image_url\n3,8,images/c.jpg\n4,8,images\\shared.jpg\n"
    assert (crawl / "labels.csv").read_text() == "pid,label\n3,4\n"
    assert sorted(file.name for file in (crawl / "images").iterdir()) == ["c.jpg", "shared.jpg"]
    assert not CrawlFolder.read(crawl, FORGOTTEN)


def test_links_to_the_web_are_told_apart_by_whose_they_are(crawl: Path) -> None:
    found = CrawlFolder.read(crawl, FORGOTTEN)
    assert found.links == {"http://host/2.jpg"}
    assert found.others_links == frozenset()


def test_no_file_outside_of_the_folder_goes(crawl: Path) -> None:
    outside = crawl.parent / "outside.jpg"
    outside.write_bytes(b"theirs or not")
    (crawl / "posts.csv").write_text("pid,uid,image_url\n1,7,../outside.jpg\n")
    CrawlFolder.read(crawl, FORGOTTEN).rewrite()
    assert outside.exists()


def test_files_that_nobody_looked_into_are_named(crawl: Path) -> None:
    (crawl / "more.json").write_text('{"seen_by": ["1234567"]}')
    (crawl / "others.json").write_text('{"seen_by": ["7654321"]}')
    (crawl / "packed.gz").write_bytes(b"nobody knows")
    (crawl / "broken.csv").write_text('pid,title\n1,"open\n')
    forgotten = FORGOTTEN.adding(users=[1234567])
    assert CrawlFolder.read(crawl, forgotten).unread == ("broken.csv", "more.json", "packed.gz")


def test_the_posts_of_a_user_are_found(crawl: Path) -> None:
    assert set(posts_of(crawl, lambda uid: uid == 7)) == {1, 2}
