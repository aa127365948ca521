"""Crawls of other layouts than the paper's, without somebody's posts."""

from pathlib import Path

import pandas as pd
import pytest

from kit import tool_files as kit
from popularity.forgetting.crawl_folder import CrawlFolder, posts_of
from popularity.forgotten import Forgotten
from popularity.settings import Batch
from popularity.sources.ids import stable_id

FORGOTTEN = Forgotten(b"").adding(users=[7, stable_id("1@N01"), 25025320])


def rewritten(folder: Path, source: str, columns: dict[str, str] | None = None) -> list[str]:
    """Take the people out; returns the files that are left, and sees that nothing is found a second time."""
    batch = Batch.model_validate({"source": source, "path": str(folder), "columns": columns})
    CrawlFolder.read(folder, FORGOTTEN, batch).rewrite()
    again = CrawlFolder.read(folder, FORGOTTEN, batch)
    assert (bool(again), again.unread) == (False, ())
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


MAPPED = {"pid": "id", "uid": "owner.id"}


def test_rows_of_tables_with_names_of_their_own_go(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,owner.id,uid\n1,1@N01,8\n2,2@N01,7\n3,7,9\n")
    rewritten(tmp_path, "csv", MAPPED)
    assert (tmp_path / "a.csv").read_text() == "id,owner.id,uid\n2,2@N01,7\n"


def test_lines_of_json_go_and_the_others_stay_byte_for_byte(tmp_path: Path) -> None:
    kept = '{"id": 2,   "owner": {"id": "2@N01"}}\n'
    (tmp_path / "a.jsonl").write_text('{"id": 1, "owner": {"id": "1@N01"}}\n' + kept + "broken\n")
    rewritten(tmp_path, "json_lines", MAPPED)
    assert (tmp_path / "a.jsonl").read_text() == kept + "broken\n"


def test_rows_of_parquet_go(tmp_path: Path) -> None:
    pd.DataFrame({"id": [1, 2], "owner.id": ["1@N01", "2@N01"], "more": [0.5, 1.5]}).to_parquet(tmp_path / "a.parquet")
    batch = Batch(source="parquet", path=str(tmp_path), columns=MAPPED)
    assert list(posts_of(tmp_path, lambda uid: uid == stable_id("1@N01"), batch)) == [1]
    rewritten(tmp_path, "parquet", MAPPED)
    assert pd.read_parquet(tmp_path / "a.parquet").to_dict("list") == {"id": [2], "owner.id": ["2@N01"], "more": [1.5]}


def test_answers_of_flickr_lose_entries_and_those_of_one_photo_go(tmp_path: Path) -> None:
    theirs, other = kit.flickr_found(id="530001", owner="1@N01"), kit.flickr_found(id="530002")
    kit.write_json(tmp_path / "page.json", kit.flickr_search(theirs, other))
    kit.write_json(tmp_path / "info.json", kit.flickr_info(id="530001", owner={"nsid": "1@N01"}))
    assert rewritten(tmp_path, "flickr_api") == ["page.json"]
    assert "530002" in (tmp_path / "page.json").read_text()
    assert int((tmp_path / "page.json").stat().st_mtime) == kit.CRAWLED


@pytest.mark.parametrize("ending", [".json", ".json.xz"])
def test_instaloader_loses_the_files_of_their_posts_and_profiles_and_no_others(tmp_path: Path, ending: str) -> None:
    other = kit.instaloader_post(id="99", owner={"id": "8"})
    kit.write_json(tmp_path / f"a{ending}", kit.instaloader_post())
    kit.write_json(tmp_path / f"ab{ending}", other)
    kit.write_json(tmp_path / f"me_1{ending}", kit.instaloader_profile())
    (tmp_path / "file_dates.csv").write_text(f"file,date\na{ending},1700000000\nab{ending},1700000000\n")
    for name in ("a.jpg", "a_1.jpg", "a.txt", "a_comments.json", "ab.jpg", "2020_profile_pic.jpg"):
        (tmp_path / name).write_text("{}")
    assert rewritten(tmp_path, "instaloader") == sorted([f"ab{ending}", "ab.jpg", "file_dates.csv"])
    assert (tmp_path / "file_dates.csv").read_text() == f"file,date\nab{ending},1700000000\n"


def test_gallery_dl_loses_metadata_and_file(tmp_path: Path) -> None:
    kit.write_json(tmp_path / "1.jpg.json", kit.gallery_instagram())
    kit.write_json(tmp_path / "2.jpg.json", kit.gallery_instagram(post_id="5", owner_id="8"))
    for name in ("1.jpg", "2.jpg"):
        kit.write_photo(tmp_path / name)
    assert rewritten(tmp_path, "gallery_dl") == ["2.jpg", "2.jpg.json"]


def test_an_archive_loses_single_posts_and_all_of_its_owner(tmp_path: Path) -> None:
    for pid in ("2634391576", "2634391577"):
        kit.write_json(tmp_path / f"photo_{pid}.json", kit.flickr_archived(pid))
        kit.write_photo(tmp_path / f"lake_{pid}_o.jpg")
    batch = Batch(source="flickr_export", path=str(tmp_path))
    CrawlFolder.read(tmp_path, Forgotten(b"").adding(posts=[2634391577]), batch).rewrite()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lake_2634391576_o.jpg", "photo_2634391576.json"]
    kit.write_json(tmp_path / "account_profile.json", {"nsid": "1@N01"})
    assert rewritten(tmp_path, "flickr_export") == []


def test_a_file_of_others_that_names_them_is_told(tmp_path: Path) -> None:
    kit.write_json(tmp_path / "a.json", kit.instaloader_post(id="99", owner={"id": "8"}, liked_by=["25025320"]))
    batch = Batch(source="instaloader", path=str(tmp_path))
    assert CrawlFolder.read(tmp_path, FORGOTTEN, batch).unread == ("a.json",)
