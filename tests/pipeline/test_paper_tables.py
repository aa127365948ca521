"""`popularity paper-tables` runs sets through the real stages and writes its page."""

import re
import shutil
from pathlib import Path

import pytest

from kit.small_project import Project, lay_out_code
from popularity.files import read_json
from popularity.pages.page import figure

PAGE = "docs/paper-tables.md"


def rows(page: str, start: str) -> list[list[str]]:
    """The cells of every row that starts so."""
    lines = [line for line in page.splitlines() if line.startswith(f"| {start} |")]
    return [[cell.strip() for cell in line.split("|")[2:-1]] for line in lines]


@pytest.mark.long
def test_the_command_writes_every_table_of_this_projects_batches_and_changes_nothing_else(project: Project) -> None:
    kept = ("params.yaml", "dvc.yaml", "dvc.lock", "metrics", "predictions")
    before = project.bytes_of(*kept)
    said = project.command("popularity", "paper-tables")
    assert said.splitlines()[-1] == f"page: {PAGE}"
    assert project.bytes_of(*kept) == before
    assert list(project.folder.glob(".work/.paper_tables.*")) == []

    page = (project.folder / PAGE).read_text(encoding="utf-8")
    assert "It holds one set: demo." in page
    assert page.count("\n### ") == 7
    assert {len(row) for row in rows(page, "Multimodal")} == {12}
    assert str(project.folder) not in page
    metrics = read_json(project.folder / "metrics/evaluate.json")["all_posts"]  # the same forest, in pre_publication
    for split, title in (("validation", "random folds, before posting"), ("test", "test posts, before posting")):
        ours = [metrics[model][split][name] for model in ("rf", "cnn") for name in ("spearman", "mae")]
        assert rows(page, title) == [[figure(one) for one in ours]]
    assert rows(page, "random folds") != rows(page, "random folds, before posting")
    weights = re.search(r"convolutions has ([\d,]+) weights, the dense one ([\d,]+)\.", page)
    assert weights is not None
    assert weights.groups() == ("38,231", "38,216")

    project.command("popularity", "paper-tables")
    again = (project.folder / PAGE).read_text(encoding="utf-8")
    seconds = "Seconds of the stages"
    assert again.split(seconds)[0] == page.split(seconds)[0]
    assert "train_cnn" in page.split(seconds)[1]
    assert "train_cnn" not in again.split(seconds)[1]


@pytest.mark.slow
def test_a_folder_that_holds_no_set_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    project = lay_out_code(tmp_path / "project")
    (tmp_path / "empty").mkdir()
    said = project.refusal("paper-tables", str(tmp_path / "empty"))
    assert "holds neither train_data.csv nor test_data.csv" in said
    assert not (project.folder / PAGE).exists()
    assert list(project.folder.glob(".work/.paper_tables.*")) == []


@pytest.mark.long
def test_real_posts_without_photos_and_a_copy_of_the_demo_have_a_part_each(
    project: Project, real_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(project.folder / "data/raw/demo", tmp_path / "copied")
    project.command("popularity", "paper-tables", "--as-of-post", str(real_data / "flickr"), str(tmp_path / "copied"))
    page = (project.folder / PAGE).read_text(encoding="utf-8")
    assert "`popularity paper-tables --as-of-post flickr copied`" in page
    flickr, copied = page.split("\n## ")[-2:]
    assert flickr.startswith("flickr\n")
    assert "Of none of its posts the photo is there" in flickr
    assert "Multimodal" in copied
    assert str(tmp_path) not in page
    assert str(real_data) not in page
    ours = float(rows(flickr, "the newest fifth by date")[0][0])
    assert 0.5 < ours < 0.8
