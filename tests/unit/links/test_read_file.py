import os
from pathlib import Path

import pytest

from popularity.links.folder import Folder, is_remote
from popularity.web.reasons import NoPhotoError, Reason


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
    assert Folder(folder).read(link, max_bytes=5) == b"photo"


def test_the_folder_itself_may_be_a_symlink(folder: Path) -> None:
    alias = folder.with_name("alias")
    alias.symlink_to(folder)
    assert Folder(alias).read("images/1.jpg", max_bytes=5) == b"photo"


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
        Folder(folder).read(link, max_bytes=100)
    assert gone.value.reason == reason


@pytest.mark.parametrize(
    "link",
    ["live.example.com/1/2.jpg", "example.com:8080/2.jpg", "127.0.0.1:80/2.jpg", "localhost/2", "WWW.A.DE/2"],
)
def test_a_host_without_its_scheme_is_told_as_such(folder: Path, link: str) -> None:
    with pytest.raises(NoPhotoError) as gone:
        Folder(folder).read(link, max_bytes=100)
    assert gone.value.reason == Reason.NO_SCHEME


def test_a_folder_that_is_called_as_a_host_is_read_first(folder: Path) -> None:
    (folder / "example.com").mkdir()
    (folder / "example.com/2.jpg").write_bytes(b"saved")
    assert Folder(folder).read("example.com/2.jpg", max_bytes=5) == b"saved"


def test_a_link_into_another_folder_s_link_is_refused(folder: Path) -> None:
    other = folder.with_name("other")
    other.mkdir()
    (other / "1.jpg").symlink_to(folder / "images/1.jpg")
    assert Folder(other.with_name("batch")).read("../other/1.jpg", max_bytes=5) == b"photo"  # it leads back
    (other / "2.jpg").symlink_to(folder.with_name("secret.jpg"))
    with pytest.raises(NoPhotoError, match="outside"):
        Folder(folder).read("../other/2.jpg", max_bytes=9)


def test_a_file_over_the_limit_is_too_large(folder: Path) -> None:
    with pytest.raises(NoPhotoError) as gone:
        Folder(folder).read("images/1.jpg", max_bytes=4)
    assert gone.value.reason == Reason.TOO_LARGE


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    with pytest.raises(NoPhotoError):
        Folder(folder).read("pipe.jpg", max_bytes=4)


@pytest.mark.parametrize(
    ("link", "remote"),
    [
        ("http://a/b.jpg", True),
        ("HTTPS://a", True),
        ("ftp://a", True),
        ("data:image/png;base64,", True),
        ("a/b", False),
        ("C:\\crawl\\1.jpg", False),  # a drive
        ("c:/crawl/1.jpg", False),
        ("example.com:8080/1.jpg", False),  # a host that lacks its scheme
        ("localhost:8080/1.jpg", False),
    ],
)
def test_a_scheme_makes_a_link_remote(link: str, remote: bool) -> None:
    assert is_remote(link) is remote


SPELLED = {
    "backslashes": ("images\\7.jpg", "images/7.jpg"),
    "a drive and folders that are not here": ("C:\\crawls\\may\\images\\7.jpg", "images/7.jpg"),
    "the path on the machine of the crawl": ("/home/her/may/images/7.jpg", "images/7.jpg"),
    "the same of a flat folder": ("D:\\may\\7.jpg", "7.jpg"),
    "the name of the folder itself before it": ("may/images/7.jpg", "images/7.jpg"),
    "letter case": ("Images/7.JPG", "images/7.jpg"),
    "composed, on disk decomposed": ("caf\u00e9.jpg", "cafe\u0301.jpg"),
    "decomposed, on disk composed": ("cafe\u0301.jpg", "caf\u00e9.jpg"),
    "percent": ("my%20photo%C3%A9.jpg", "my photo\u00e9.jpg"),
    "percent on the disk": ("my photo.jpg", "my%20photo.jpg"),
    "a nested folder left out": ("7.jpg", "a/b/7.jpg"),
    "up and down again": ("..\\images\\7.jpg", "images/7.jpg"),
}
"""The link, and the file."""


@pytest.mark.parametrize("name", SPELLED)
def test_a_path_of_another_system_finds_its_file(tmp_path: Path, name: str) -> None:
    link, file = SPELLED[name]
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_bytes(b"it")
    (tmp_path / "17.jpg").write_bytes(b"no")
    folder = Folder(tmp_path)
    assert folder.read(link, max_bytes=9) == b"it"
    assert folder.spelled == {link: file}


def test_the_file_of_that_very_name_comes_first(tmp_path: Path) -> None:
    for name in ("a%20b.jpg", "a b.jpg", "A B.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    assert Folder(tmp_path).read("a%20b.jpg", max_bytes=9) == b"a%20b.jpg"
    assert Folder(tmp_path).read("A B.jpg", max_bytes=9) == b"A B.jpg"


@pytest.mark.parametrize("link", ["1.jpg", "z/1.jpg", "%31.jpg"])
def test_where_two_files_may_be_meant_none_is_taken(tmp_path: Path, link: str) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"one")
    with pytest.raises(NoPhotoError, match="missing file"):
        Folder(tmp_path).read(link, max_bytes=9)


@pytest.mark.parametrize("link", ["her/1.jpg", "his\\1.jpg", "example.com/1.jpg"])
def test_a_name_alone_does_not_make_it_the_photo_of_another_folder(tmp_path: Path, link: str) -> None:
    (tmp_path / "1.jpg").write_bytes(b"one")
    with pytest.raises(NoPhotoError, match=r"missing file|host without"):
        Folder(tmp_path).read(link, max_bytes=9)


def test_the_file_with_more_of_the_path_is_meant(tmp_path: Path) -> None:
    for name in ("1.jpg", "b/1.jpg", "c/b/1.jpg", "d/1.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert Folder(tmp_path).read("X/C/B/1.jpg", max_bytes=9) == b"c/b/1.jpg"
    assert Folder(tmp_path).read("D/1.jpg", max_bytes=9) == b"d/1.jpg"


def test_a_link_that_leads_out_is_no_spelling_of_a_file(folder: Path) -> None:
    with pytest.raises(NoPhotoError, match="outside"):
        Folder(folder).read("escape.jpg", max_bytes=9)
    with pytest.raises(NoPhotoError, match="missing"):
        Folder(folder).read("ESCAPE.JPG", max_bytes=9)
