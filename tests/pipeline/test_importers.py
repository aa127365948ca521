"""What another tool left goes through the stages up to the joined table, in a project of its own."""

from pathlib import Path

import pandas as pd
import pytest

from kit.small_project import lay_out_code
from kit.tool_files import CRAWLED, instaloader_post, instaloader_profile, write_json, write_photo
from popularity.files import read_json

USERS, POSTS = 8, 15
DAY = 86_400


def write_archive(folder: Path) -> None:
    """Posts of some users, a folder each, half of the photos there; the likes of one post are hidden."""
    for user in range(USERS):
        profile = instaloader_profile(str(user), followers=100 * user)
        write_json(folder / f"user{user}/user{user}_{user}.json.xz", profile)
        for number in range(POSTS):
            pid = 1000 * user + number
            words = f"Harbour {number} in the morning\nBoats and nets, number {pid}. #sea #boat{number % 4}"
            post = instaloader_post(
                id=str(2_464_321_234_567_890_000 + pid),
                taken_at_timestamp=CRAWLED - (POSTS - number) * 30 * DAY - user * 3600,
                owner={"id": str(user), "username": f"user{user}"},
                edge_media_preview_like={"count": -1 if pid == 3 else 40 * user + 3 * number},
                edge_media_to_caption={"edges": [{"node": {"text": words}}]},
                display_url="",
            )
            name = f"2023-01-{number + 1:02}_12-00-{user:02}_UTC"
            write_json(folder / f"user{user}/{name}.json.xz", post)
            if number % 2:
                write_photo(folder / f"user{user}/{name}.jpg", shade=7 * pid)


@pytest.mark.slow
def test_an_instaloader_archive_becomes_a_dataset(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive")
    project = lay_out_code(tmp_path / "project")
    project.command("popularity", "batches", "remove", "demo")
    project.set_param("label.of", "likes")
    add = ("batches", "add", "cats", "--source", "instaloader", "--path", str(tmp_path / "archive"))
    said = project.command("popularity", *add)
    assert "write `mode: time` below `split:`" in said
    project.set_param("dataset.split.mode", "time")
    project.command("dvc", "repro", "dataset")
    dataset = pd.read_parquet(project.folder / "data/dataset.parquet")
    assert len(dataset) == USERS * POSTS
    assert dataset["split"].value_counts().to_dict() == {"train": 101, "test": 18, "pending": 1}
    assert dataset["uid"].nunique() == USERS
    ingest = read_json(project.folder / "metrics/ingest/cats.json")
    assert (ingest["rows_in"], ingest["rows_out"], ingest["labelled"]["unnamed"]) == (120, 120, 119)
    assert read_json(project.folder / "metrics/filter_links/cats.json")["rows_out"] == USERS * (POSTS // 2)
    before = project.bytes_of("data/posts", "data/labels")
    for file in (project.folder / "data/raw/cats").rglob("*.json.xz"):
        file.touch()  # as a checkout elsewhere would
    project.command("dvc", "repro", "--force", "--single-item", "ingest@cats")
    assert project.bytes_of("data/posts", "data/labels") == before
