"""What may not lie among strangers' files."""

import os
import socket
from pathlib import Path

import pytest

from kit.gate_project import lay_out_batches
from popularity.batches.project import add_batch
from popularity.errors import UserError
from popularity.sources.strange import refuse_strange_files, refuse_what_dvc_would_obey, writable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crawl, which is fine, below the current folder: a socket's path may not be long."""
    monkeypatch.chdir(tmp_path)
    folder = Path("crawl")
    (folder / "images").mkdir(parents=True)
    for name in ("posts.csv", "COMPLETE", "images/.hidden.jpg", f"images/{'é' * 100}.jpg", "my.dvc.csv"):
        (folder / name).write_text("")
    (folder / "images/link.jpg").symlink_to("nowhere")
    return folder


def test_files_folders_and_links_are_fine(folder: Path) -> None:
    refuse_strange_files(folder)
    refuse_strange_files(folder / "not-there-yet")


@pytest.mark.parametrize(
    "name",
    [".dvcignore", "dvc.yaml", "dvc.lock", "photos.dvc", ".dvc/config", ".git/config", ".gitignore", ".gitattributes"],
)
@pytest.mark.parametrize("below", ["", "images"])
def test_what_dvc_or_git_would_obey_is_refused_by_name(folder: Path, name: str, below: str) -> None:
    file = folder / below / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("*")
    with pytest.raises(UserError, match="would obey") as refused:
        refuse_strange_files(folder)
    assert refused.value.problem.startswith(str(folder / below / name.split("/")[0]))


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "labels.csv")
    with pytest.raises(UserError, match=r"crawl/labels\.csv is neither a file nor a folder"):
        refuse_strange_files(folder)


def test_a_socket_is_refused(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as there:
        there.bind("crawl/s.jpg")
        with pytest.raises(UserError, match="neither a file nor a folder"):
            refuse_strange_files(folder)


def test_a_name_that_is_not_utf_8_is_refused_and_can_be_printed(folder: Path) -> None:
    name = b"caf\xe9.jpg"
    (folder / "images" / os.fsdecode(name)).write_text("")
    with pytest.raises(UserError, match="not UTF-8") as refused:
        refuse_strange_files(folder)
    assert refused.value.problem.encode() == b"crawl/images/caf\\xe9.jpg has a name that is not UTF-8"
    assert writable(Path(os.fsdecode(name))) == "caf\\xe9.jpg"


def test_a_crawl_that_stays_where_it_is_holds_nothing_either_that_dvc_would_obey(folder: Path) -> None:
    lay_out_batches(Path())
    (folder / "train_data.csv").write_text("pid\n")
    (folder / "train_label.csv").write_text("pid\n")
    add_batch("mine", source="smp", path=folder, in_place=True)
    refuse_what_dvc_would_obey()
    for name in ("dvc.yaml", ".dvcignore"):
        (folder / name).write_text("stages: {theirs: {cmd: touch theirs}}")
        with pytest.raises(UserError, match=f"crawl/{name} is a file that DVC or git would obey"):
            refuse_what_dvc_would_obey()
        (folder / name).unlink()
    Path("data/visits/mine/dvc.yaml").write_text("")
    with pytest.raises(UserError, match=r"data/visits/mine/dvc\.yaml"):
        refuse_what_dvc_would_obey()
