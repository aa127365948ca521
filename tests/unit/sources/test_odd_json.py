"""Whatever JSON lies where a tool's post is expected is read, set aside or passed over, and nothing else happens."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.tool_files import (
    flickr_archived,
    flickr_found,
    flickr_info,
    flickr_search,
    gallery_flickr,
    gallery_instagram,
    instaloader_post,
    write_json,
)
from popularity.posts import POSTS, write_table
from popularity.settings import Batch, Label
from popularity.sources.readers import read_batch

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud83d") | st.just("1e5"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["_content", "count", "x"]), inner),
    max_leaves=5,
)
SAMPLES: list[tuple[str, str, dict[str, Any], Callable[[Any], Any]]] = [
    ("instaloader", "likes", instaloader_post()["node"], lambda node: {**instaloader_post(), "node": node}),
    ("flickr_api", "views", flickr_found(), lambda photo: flickr_search(photo, flickr_found(id="9"))),
    ("flickr_api", "views", flickr_info()["photo"], lambda photo: {"photo": photo}),
    ("flickr_export", "views", flickr_archived("1"), lambda photo: photo),
    ("gallery_dl", "likes", gallery_instagram(), lambda post: post),
    ("gallery_dl", "views", gallery_flickr(), lambda post: post),
]


@pytest.mark.slow
@pytest.mark.parametrize(("source", "of", "sample", "whole"), SAMPLES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place(
    source: str, of: str, sample: dict[str, Any], whole: Callable[[Any], Any], data: st.DataObject
) -> None:
    keys = data.draw(st.lists(st.sampled_from(sorted(sample)), min_size=1, max_size=3))
    keys = [key for key in keys if key != "category"]
    changed = data.draw(st.fixed_dictionaries(dict.fromkeys(keys, JSON)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_json(folder / "photo_1.json", whole(sample | changed))
        write_json(folder / "photo_2.json", whole(sample | ({"id": "7"} if "id" in sample else {"post_id": "7"})))
        label = Label(of=of, formula="log2_views", min_age_days=3)
        crawl = read_batch(Batch.model_validate({"source": source, "path": name}), label)
        assert crawl.rows_in - len(crawl.posts) == sum(crawl.dropped.values())
        assert len(crawl.labels) == len(crawl.posts) > 0
        write_table(folder / "posts.parquet", crawl.posts, POSTS)
