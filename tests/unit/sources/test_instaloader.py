"""What Instaloader leaves is read as it documents it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.tool_files import CRAWLED, instaloader_post, instaloader_profile, write_json, write_photo
from popularity.errors import UserError
from popularity.settings import Batch, Label
from popularity.sources.captions import cells_of_caption
from popularity.sources.crawl import Crawl
from popularity.sources.readers import read_batch

LIKES = Label(of="likes", formula="log2_views", min_age_days=3)


def read(folder: Path, label: Label = LIKES, **fields: Any) -> Crawl:
    return read_batch(Batch(source="instaloader", path=str(folder), **fields), label)


def test_a_post_with_its_photo_and_profile(tmp_path: Path) -> None:
    write_json(tmp_path / "somebody/2021-01-01_12-00-00_UTC.json.xz", instaloader_post())
    write_photo(tmp_path / "somebody/2021-01-01_12-00-00_UTC.jpg")
    write_json(tmp_path / "somebody/somebody_25025320.json.xz", instaloader_profile())
    crawl = read(tmp_path)
    (post,) = crawl.posts.to_dict("records")
    told = {name: value for name, value in post.items() if value == value}
    assert told == {
        "pid": 2464321234567890123, "uid": 25025320, "postdate": 1_609_502_400, "commentcount": 7,
        "title": "Last ferry 🌅", "description": "Nobody else on board.", "alltags": "sunset sea", "titlelen": 12,
        "deslen": 21, "tagcount": 2, "groupcount": 80, "avgmembercount": 5000,
        "image_url": "somebody/2021-01-01_12-00-00_UTC.jpg",
    }  # fmt: skip
    (label,) = crawl.labels.to_dict("records")
    assert label["label"] == np.log2(127)
    assert (label["seen"], label["given_split"], label["pending"]) == (CRAWLED, "", "")
    assert crawl.passed_over == {"of profiles": 1}
    assert (crawl.rows_in, crawl.dropped) == (1, {})


def test_the_first_of_several_photos_stands_for_a_post_and_a_link_where_no_file_is(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", instaloader_post(id="1"))
    write_photo(tmp_path / "a_2.webp")
    write_photo(tmp_path / "a_10.jpg")
    write_json(tmp_path / "b.json", instaloader_post(id="2"))
    assert read(tmp_path).posts["image_url"].tolist() == [
        "a_2.webp", "https://scontent.example.com/v/t51.2885-15/131_n.jpg?oe=6795C6C3",
    ]  # fmt: skip


def test_a_post_of_the_app_s_own_api_is_read_too(tmp_path: Path) -> None:
    node = {
        "shortcode": "CIzABcdEFgh", "id": None, "date": 1_609_502_400, "caption": "Nets!", "comments": 4,
        "owner": {"id": 25025320, **instaloader_profile()["node"]}, "edge_media_preview_like": {"count": 9},
        "__typename": "GraphImage", "edge_media_to_caption": None, "edge_media_to_comment": None,
    }  # fmt: skip
    write_json(tmp_path / "a.json", instaloader_post(**node))
    (post,) = read(tmp_path).posts.to_dict("records")
    assert (post["title"], post["commentcount"], post["postdate"], post["avgmembercount"]) == (
        "Nets!",
        4,
        1609502400,
        5000,
    )
    assert post["pid"] > 2**31


def test_hidden_likes_are_no_label_and_no_error(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", instaloader_post(edge_media_preview_like={"count": -1}))
    crawl = read(tmp_path)
    assert crawl.labels["pending"].tolist() == ["not counted yet"]
    assert crawl.rejected.empty


def test_likes_of_the_first_days_are_no_label(tmp_path: Path) -> None:
    for number, hours in ((1, 71), (2, 73)):
        node = instaloader_post(id=str(number), taken_at_timestamp=CRAWLED - hours * 3600)
        write_json(tmp_path / f"{number}.json", node)
    assert read(tmp_path).labels["pending"].tolist() == ["counted within 3 days", ""]


def test_the_day_that_params_name_goes_before_that_of_the_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", instaloader_post())
    assert read(tmp_path, crawled=CRAWLED - 5).labels["seen"].tolist() == [CRAWLED - 5]


def test_videos_are_left_out_and_counted_and_other_files_passed_over(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", instaloader_post(id="1", is_video=True, __typename="GraphVideo"))
    write_json(tmp_path / "b.json", instaloader_post(id="2"))
    write_json(tmp_path / "b_comments.json", [{"id": 1, "text": "lovely"}])
    story = instaloader_post()
    story["instaloader"]["node_type"] = "StoryItem"
    write_json(tmp_path / "c.json.xz", story)
    crawl = read(tmp_path)
    assert (crawl.rows_in, len(crawl.posts), crawl.dropped) == (2, 1, {"a video, no photo": 1})
    assert crawl.passed_over == {"of other programs, or comments": 1, "of stories": 1}


def test_each_fault_is_named_by_file_and_column(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", instaloader_post(id="1"))
    write_json(tmp_path / "b/b.json", instaloader_post(id="2", taken_at_timestamp=1_609_502_400_000))
    write_json(tmp_path / "c.json", instaloader_post(id="1"))
    write_json(tmp_path / "d.json", instaloader_post(id="4", edge_media_preview_like={"count": -2}))
    (tmp_path / "e.json").write_text("{")
    write_json(tmp_path / "f.json", instaloader_post(id="6", owner=None))
    crawl = read(tmp_path)
    assert sorted(crawl.rejected[["file", "row", "column", "reason"]].to_numpy().tolist()) == [
        ["b/b.json", 1, "postdate", "date outside 2000 to 2099"],
        ["c.json", 1, "pid", "duplicate pid"],
        ["d.json", 1, "views", "negative"],
        ["e.json", 1, "", "no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"],
        ["f.json", 1, "uid", "not a whole number"],
    ]
    assert crawl.posts["pid"].tolist() == [1, 4]
    assert crawl.rows_in - len(crawl.posts) == sum(crawl.dropped.values()) == 4
    assert crawl.labels.set_index("pid")["pending"].to_dict() == {1: "", 4: "label row set aside"}


def test_counts_of_views_are_asked_for_and_likes_are_there(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", instaloader_post())
    with pytest.raises(UserError, match=r"counts likes, and label\.of in params\.yaml is views") as refused:
        read(tmp_path, LIKES.model_copy(update={"of": "views"}))
    assert "of: likes" in refused.value.next_step


@pytest.mark.parametrize("files", [{}, {"a.txt": "{}"}, {"._a.json": "{}"}])
def test_a_folder_without_posts_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match="holds no JSON files of Instaloader"):
        read(tmp_path)


@pytest.mark.parametrize("node", [[], {}, {"owner": []}, {"edge_media_to_caption": {"edges": [3]}}, {"id": {"a": 1}}])
def test_a_node_of_another_shape_raises_nothing(tmp_path: Path, node: Any) -> None:
    write_json(tmp_path / "a.json", instaloader_post())
    content = instaloader_post(**node) if isinstance(node, dict) and node else {**instaloader_post(), "node": node}
    (tmp_path / "b.json").write_text(json.dumps(content))
    assert read(tmp_path).posts["pid"].iloc[0] == 2464321234567890123


@pytest.mark.parametrize(
    ("caption", "title", "description", "tags"),
    [
        ("", "", "", ""),
        ("#a #b", "", "", "a b"),
        ("One\n\nTwo\nThree", "One", "Two\nThree", ""),
        (".\n.\n#sea\nWords", "Words", "", "sea"),
        ("my #DadBod and #dadbod", "my and", "", "dadbod"),
        ("#sea#sky &#39; http://e.org/#top", "&#39; http://e.org/#top", "", "sea sky"),
        ("#München #日本 #été2021 #🌅", "", "", "münchen 日本 été2021 🌅"),
        ("We are # 1", "We are # 1", "", ""),
    ],
)
def test_a_caption_is_title_description_and_tags(caption: str, title: str, description: str, tags: str) -> None:
    assert cells_of_caption(caption) == {"title": title, "description": description, "alltags": tags}
