"""The archive of a Flickr account is read as Flickr makes it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.tool_files import CRAWLED, flickr_archived, write_json, write_photo
from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl
from popularity.sources.ids import stable_id
from popularity.sources.readers import read_batch


def read(folder: Path, **fields: Any) -> Crawl:
    batch = Batch(source="flickr_export", path=str(folder), **fields)
    return read_batch(batch, Label(of="views", formula="log2_views", min_age_days=3))


def test_a_photo_with_its_file_and_owner(tmp_path: Path) -> None:
    write_json(tmp_path / "part1/photo_2634391576.json", flickr_archived())
    write_json(tmp_path / "part1/account_profile.json", {"nsid": "12345678@N00", "screen_name": "boris"})
    write_json(tmp_path / "part1/albums.json", {"albums": []})
    write_photo(tmp_path / "data-download-1/killarney-lake_2634391576_o.jpg")
    crawl = read(tmp_path)
    (post,) = crawl.posts.to_dict("records")
    told = {name: value for name, value in post.items() if value == value}
    assert told == {
        "pid": 2634391576, "uid": stable_id("12345678@N00"), "postdate": 1_215_078_510, "commentcount": 2,
        "title": "Killarney Lake", "description": "Rain &amp; fog", "alltags": "newyork lake", "titlelen": 14,
        "deslen": 14, "tagcount": 2, "image_url": "data-download-1/killarney-lake_2634391576_o.jpg",
    }  # fmt: skip
    assert crawl.labels[["label", "seen"]].to_numpy().tolist() == [[np.log2(54), CRAWLED]]
    assert crawl.passed_over == {"of the account, its albums and comments": 2}


@pytest.mark.parametrize(
    ("file", "url"),
    [
        ("2634391576_6ab6f1017f_o.jpg", "2634391576_6ab6f1017f_o.jpg"),
        ("img_2019_2634391576_o.png", "img_2019_2634391576_o.png"),
        ("img_2634391576.jpg", "img_2634391576.jpg"),
        ("img_26343915769_o.jpg", "https://live.staticflickr.com/3008/2634391576_6ab6f1017f_o.jpg"),
    ],
)
def test_a_photo_s_file_is_found_by_its_id_and_else_the_link_is_kept(tmp_path: Path, file: str, url: str) -> None:
    write_json(tmp_path / "photo_2634391576.json", flickr_archived())
    write_photo(tmp_path / file)
    assert read(tmp_path).posts["image_url"].tolist() == [url]


def test_without_a_profile_the_owner_is_the_one_of_the_photo_s_page(tmp_path: Path) -> None:
    write_json(tmp_path / "photo_1.json", flickr_archived("1"))
    assert read(tmp_path).posts["uid"].tolist() == [stable_id("boris")]


def test_videos_and_what_not_everybody_sees_are_left_out(tmp_path: Path) -> None:
    for pid, privacy in (("1", "public"), ("2", "private"), ("3", "friends & family"), ("4", "public")):
        write_json(tmp_path / f"photo_{pid}.json", flickr_archived(pid, privacy=privacy))
    (tmp_path / "surf_4.mp4").touch()
    crawl = read(tmp_path)
    assert crawl.posts["pid"].tolist() == [1]
    assert (crawl.rows_in, crawl.dropped) == (4, {"a video, no photo": 1, "not public": 2})


def test_a_folder_without_photos_of_an_archive_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "account_profile.json", {"nsid": "1@N00"})
    with pytest.raises(UserError, match=r"holds no photo_<id>\.json"):
        read(tmp_path)
