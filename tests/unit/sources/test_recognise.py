"""A folder says what wrote it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.posts_csv import posts, write_csv
from kit.tool_files import (
    flickr_archived,
    flickr_found,
    flickr_info,
    flickr_search,
    gallery_flickr,
    gallery_instagram,
    instaloader_post,
    instaloader_profile,
    write_json,
    write_photo,
)
from popularity.commands.batches import Source
from popularity.errors import UserError
from popularity.settings import Batch, FilePair
from popularity.sources.recognise import guess, recognise


def instaloader(folder: Path) -> None:
    for number in range(50):
        write_json(folder / f"{number}_comments.json", [{"id": number}])
    write_json(folder / "somebody/a.json.xz", instaloader_post())
    write_json(folder / "somebody/somebody_1.json.xz", instaloader_profile())


def gallery_dl(folder: Path) -> None:
    write_json(folder / "instagram/1.jpg.json", gallery_instagram())


def gallery_dl_of_flickr(folder: Path) -> None:
    write_json(folder / "flickr/1.jpg.json", gallery_flickr())


def flickr_export(folder: Path) -> None:
    write_json(folder / "photo_1.json", flickr_archived("1"))
    write_json(folder / "account_profile.json", {"nsid": "1"})


def flickr_api(folder: Path) -> None:
    write_json(folder / "page1.json", flickr_search(flickr_found()))


def flickr_api_info(folder: Path) -> None:
    write_json(folder / "1.json", flickr_info())


def flickr_api_lines(folder: Path) -> None:
    (folder / "a.jsonl").write_text(json.dumps(flickr_found()) + "\n")


def smp(folder: Path) -> None:
    write_csv(folder / "train_data.csv", posts({}))
    write_csv(folder / "other.csv", posts({}))


def smp_without_labels(folder: Path) -> None:
    write_csv(folder / "posts.csv", posts({}))


def csv(folder: Path) -> None:
    (folder / "posts.csv").write_text("id,owner,created_at,caption\n")


def parquet(folder: Path) -> None:
    pq.write_table(pa.table({"pid": [1], "user_id": [2], "postdate": [3]}), folder / "a.parquet")


def json_lines(folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"id": 1, "user": {"id": 2, "name": "x"}, "timestamp": 3, "likes": 4}\n')


@pytest.mark.parametrize(
    ("make", "source", "files", "columns"),
    [
        (instaloader, "instaloader", None, None),
        (gallery_dl, "gallery_dl", None, None),
        (gallery_dl_of_flickr, "gallery_dl", None, None),
        (flickr_export, "flickr_export", None, None),
        (flickr_api, "flickr_api", None, None),
        (flickr_api_info, "flickr_api", None, None),
        (flickr_api_lines, "flickr_api", None, None),
        (smp, "smp", None, None),
        (smp_without_labels, "smp", (FilePair(data="posts.csv"),), None),
        (csv, "csv", None, {"pid": "id", "uid": "owner", "postdate": "created_at", "description": "caption"}),
        (parquet, "parquet", None, {"uid": "user_id"}),
        (json_lines, "json_lines", None, {"pid": "id", "uid": "user.id", "postdate": "timestamp"}),
    ],
)
def test_a_folder_looks_like_what_wrote_it(
    tmp_path: Path,
    make: Callable[[Path], None],
    source: str,
    files: tuple[FilePair, ...] | None,
    columns: dict[str, str] | None,
) -> None:
    make(tmp_path)
    write_photo(tmp_path / "1.jpg")
    found = recognise(tmp_path)
    assert (found.source, found.files, found.columns) == (source, files, columns)


def test_a_folder_of_photos_alone_is_nothing(tmp_path: Path) -> None:
    write_photo(tmp_path / "1.jpg")
    write_json(tmp_path / "package.json", {"name": "x"})
    with pytest.raises(UserError, match=r"holds neither train_data\.csv nor"):
        recognise(tmp_path)


def test_a_column_that_has_our_name_is_guessed_to_be_no_other() -> None:
    assert guess(["pid", "uid", "postdate", "likes", "views"]) is None
    assert guess(["Id", "text", "caption", "pid"]) == {"description": "caption"}


def test_the_command_knows_every_source() -> None:
    assert {source.value for source in Source} == set(get_args(Batch.model_fields["source"].annotation))
