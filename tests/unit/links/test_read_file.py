import os
from pathlib import Path

import pytest

from popularity.links.folder import is_remote, read_file
from popularity.links.reasons import NoPhotoError, Reason


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "batch"
    (folder / "images").mkdir(parents=True)
    (folder / "images/1.jpg").write_bytes(b"photo")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (folder / "inside.jpg").symlink_to("images/1.jpg")
    (folder / "escape.jpg").symlink_to("../secret.jpg")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    return folder


@pytest.mark.parametrize("link", ["images/1.jpg", "images/../images/1.jpg", "inside.jpg"])
def test_a_file_inside_the_folder_is_read(folder: Path, link: str) -> None:
    assert read_file(folder, link, max_bytes=5) == b"photo"


def test_the_folder_itself_may_be_a_symlink(folder: Path) -> None:
    alias = folder.with_name("alias")
    alias.symlink_to(folder)
    assert read_file(alias, "images/1.jpg", max_bytes=5) == b"photo"


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("", Reason.NO_LINK),
        ("  ", Reason.NO_LINK),
        ("../secret.jpg", Reason.OUTSIDE),
        ("images/../../secret.jpg", Reason.OUTSIDE),
        ("/etc/passwd", Reason.OUTSIDE),
        ("//host/photo.jpg", Reason.OUTSIDE),
        ("escape.jpg", Reason.OUTSIDE),
        ("images/2.jpg", Reason.MISSING_FILE),
        ("images", Reason.MISSING_FILE),
        ("a\0b.jpg", Reason.UNREADABLE_FILE),
        ("loop.jpg", Reason.UNREADABLE_FILE),
        ("x" * 5000, Reason.UNREADABLE_FILE),
    ],
)
def test_any_other_link_is_refused_with_its_reason(folder: Path, link: str, reason: Reason) -> None:
    with pytest.raises(NoPhotoError) as gone:
        read_file(folder, link, max_bytes=100)
    assert gone.value.reason == reason


def test_a_file_over_the_limit_is_too_large(folder: Path) -> None:
    with pytest.raises(NoPhotoError) as gone:
        read_file(folder, "images/1.jpg", max_bytes=4)
    assert gone.value.reason == Reason.TOO_LARGE


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    with pytest.raises(NoPhotoError):
        read_file(folder, "pipe.jpg", max_bytes=4)


@pytest.mark.parametrize(
    ("link", "remote"),
    [
        ("http://a/b.jpg", True),
        ("HTTPS://a", True),
        ("ftp://a", True),
        ("data:image/png;base64,", True),
        ("a/b", False),
    ],
)
def test_a_scheme_makes_a_link_remote(link: str, remote: bool) -> None:
    assert is_remote(link) is remote
