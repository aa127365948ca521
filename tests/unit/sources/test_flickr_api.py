"""Answers of Flickr's API are read as Flickr documents them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.tool_files import CRAWLED, flickr_found, flickr_info, flickr_search, write_json
from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl
from popularity.sources.ids import stable_id
from popularity.sources.readers import read_batch

VIEWS = Label(of="views", formula="log2_views", min_age_days=3)
OWNER = stable_id("12037949754@N01")


def read(folder: Path, **fields: Any) -> Crawl:
    return read_batch(Batch(source="flickr_api", path=str(folder), **fields), VIEWS)


def test_a_page_of_a_search(tmp_path: Path) -> None:
    write_json(
        tmp_path / "page1.json",
        flickr_search(flickr_found(), flickr_found(id="2", url_m=None, url_o="https://e.org/o.jpg")),
    )
    crawl = read(tmp_path)
    first, second = crawl.posts.to_dict("records")
    told = {name: value for name, value in first.items() if value == value}
    assert told == {
        "pid": 53123456789, "uid": OWNER, "postdate": 1_692_446_400, "title": "orford castle",
        "description": "hello!", "alltags": "wooyay hoopla", "titlelen": 13, "deslen": 6, "tagcount": 2,
        "image_url": "https://live.staticflickr.com/65535/53123456789_abc.jpg",
    }  # fmt: skip
    assert second["image_url"] == "https://e.org/o.jpg"
    assert crawl.labels["label"].tolist() == [np.log2(13)] * 2
    assert crawl.labels["seen"].tolist() == [CRAWLED] * 2


def test_an_answer_of_getinfo(tmp_path: Path) -> None:
    write_json(tmp_path / "info.json", flickr_info())
    (post,) = read(tmp_path).posts.to_dict("records")
    assert (post["uid"], post["commentcount"], post["haspeople"]) == (OWNER, 3, 1)
    assert (post["title"], post["alltags"], post["postdate"]) == ("orford castle", "wooyay hoopla", 1_692_446_400)
    assert post["image_url"] == "https://live.staticflickr.com/65535/53123456789_abc.jpg"


def test_a_photo_in_several_answers_is_one_post_with_the_latest_count_and_its_day(tmp_path: Path) -> None:
    write_json(tmp_path / "z.json", flickr_search(flickr_found(views="12")), date=CRAWLED)
    write_json(tmp_path / "a.json", flickr_info(views="20", title={"_content": ""}), date=CRAWLED + 9)
    write_json(tmp_path / "b.json", flickr_search(flickr_found(views=None)), date=CRAWLED + 20)
    crawl = read(tmp_path)
    (post,) = crawl.posts.to_dict("records")
    assert (post["title"], post["commentcount"]) == ("orford castle", 3)
    assert crawl.labels[["views", "seen"]].to_numpy().tolist() == [[20, CRAWLED + 9]]
    assert (crawl.rows_in, crawl.dropped) == (1, {})


def test_json_lines_hold_answers_or_photos(tmp_path: Path) -> None:
    lines = [flickr_found(id="1"), flickr_search(flickr_found(id="2"), flickr_found(id="3")), flickr_info(id="4")]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "{\n")
    crawl = read(tmp_path)
    assert crawl.posts["pid"].tolist() == [1, 2, 3, 4]
    assert crawl.rejected[["file", "row"]].to_numpy().tolist() == [["a.jsonl", 4]]


def test_photos_of_an_album_have_its_owner(tmp_path: Path) -> None:
    photo = flickr_found()
    del photo["owner"]
    write_json(
        tmp_path / "a.json", {"photoset": {"id": "9", "owner": "12037949754@N01", "photo": [photo]}, "stat": "ok"}
    )
    assert read(tmp_path).posts["uid"].tolist() == [OWNER]


def test_videos_and_private_photos_are_left_out(tmp_path: Path) -> None:
    found = [flickr_found(id="1"), flickr_found(id="2", media="video"), flickr_found(id="3", ispublic=0)]
    write_json(tmp_path / "a.json", flickr_search(*found))
    write_json(tmp_path / "fail.json", {"stat": "fail", "code": 1, "message": "Photo not found"})
    crawl = read(tmp_path)
    assert crawl.posts["pid"].tolist() == [1]
    assert (crawl.rows_in, crawl.dropped) == (3, {"a video, no photo": 1, "not public": 1})
    assert crawl.passed_over == {"without a photo of Flickr": 1}


def test_a_photo_without_an_id_or_a_date_is_set_aside(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", flickr_search(flickr_found(id=None), flickr_found(dateupload=None)))
    assert read(tmp_path).rejected[["file", "row", "column"]].to_numpy().tolist() == [
        ["a.json", 1, "pid"], ["a.json", 2, "postdate"],
    ]  # fmt: skip


def test_it_counts_views(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", flickr_info())
    with pytest.raises(UserError, match=r"flickr_api counts views, and label\.of in params\.yaml is likes"):
        read(tmp_path, of="likes")


@pytest.mark.parametrize("content", [[], {}, {"photos": []}, {"photos": {"photo": [3]}}, {"photo": 3}])
def test_answers_without_photos_make_no_batch(tmp_path: Path, content: Any) -> None:
    write_json(tmp_path / "a.json", content)
    with pytest.raises(UserError, match="holds no post"):
        read(tmp_path)
