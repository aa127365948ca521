"""What gallery-dl leaves is read as it writes it, of Instagram and of Flickr."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.tool_files import CRAWLED, gallery_flickr, gallery_instagram, write_json, write_photo
from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.crawl import Crawl
from popularity.sources.ids import stable_id
from popularity.sources.readers import read_batch


def read(folder: Path, of: str) -> Crawl:
    batch = Batch(source="gallery_dl", path=str(folder))
    return read_batch(batch, Label(of=of, formula="log2_views", min_age_days=3))


def test_a_post_of_instagram_is_one_however_many_files_it_has(tmp_path: Path) -> None:
    for number, kind in ((3, {}), (2, {}), (1, {"video_url": "https://e.org/1.mp4", "extension": "mp4"})):
        name = f"{number}.{kind.get('extension', 'jpg')}"
        write_json(tmp_path / f"somebody/{name}.json", gallery_instagram(num=number, media_id=str(number), **kind))
        write_photo(tmp_path / f"somebody/{number}.jpg")
    crawl = read(tmp_path, "likes")
    (post,) = crawl.posts.to_dict("records")
    assert (post["pid"], post["uid"], post["postdate"]) == (2464321234567890123, 25025320, 1_609_502_400)
    assert (post["title"], post["alltags"], post["image_url"]) == ("Nets!", "harbour", "somebody/2.jpg")
    assert crawl.labels[["label", "seen"]].to_numpy().tolist() == [[np.log2(127), CRAWLED]]
    assert (crawl.rows_in, crawl.dropped) == (1, {})


def test_a_photo_of_flickr(tmp_path: Path) -> None:
    write_json(tmp_path / "flickr_53123456789.jpg.json", gallery_flickr(tags=["woo yay"]))
    crawl = read(tmp_path, "views")
    (post,) = crawl.posts.to_dict("records")
    assert (post["uid"], post["postdate"]) == (stable_id("12037949754@N01"), 1_692_446_400)
    assert (post["alltags"], post["tagcount"]) == ("wooyay", 1)
    assert post["image_url"] == "https://live.staticflickr.com/65535/53123456789_abc_o.jpg"
    assert crawl.labels["label"].tolist() == [np.log2(13)]


def test_videos_are_left_out_and_stories_and_other_sites_passed_over(tmp_path: Path) -> None:
    write_json(tmp_path / "1.jpg.json", gallery_instagram())
    write_json(tmp_path / "2.mp4.json", gallery_instagram(post_id="2", video_url="https://e.org/2.mp4"))
    write_json(tmp_path / "3.jpg.json", gallery_instagram(post_id="3", subcategory="stories"))
    write_json(tmp_path / "4.jpg.json", {"category": "twitter", "subcategory": "timeline", "tweet_id": 4})
    crawl = read(tmp_path, "likes")
    assert (crawl.rows_in, crawl.dropped) == (2, {"a video, no photo": 1})
    assert crawl.passed_over == {"of stories and avatars": 1, "of twitter, which this source does not read": 1}


def test_posts_of_two_sites_make_no_batch(tmp_path: Path) -> None:
    write_json(tmp_path / "1.jpg.json", gallery_instagram())
    write_json(tmp_path / "2.jpg.json", gallery_flickr())
    with pytest.raises(UserError, match="Instagram and of Flickr, which count likes and views"):
        read(tmp_path, "likes")


@pytest.mark.parametrize(("content", "of"), [(gallery_instagram(), "views"), (gallery_flickr(), "likes")])
def test_each_site_has_its_count(tmp_path: Path, content: dict[str, Any], of: str) -> None:
    write_json(tmp_path / "1.jpg.json", content)
    with pytest.raises(UserError, match=f"gallery_dl of {content['category']} counts"):
        read(tmp_path, of)
