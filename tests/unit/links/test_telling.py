from pathlib import Path

import pandas as pd
import pytest

from popularity.links.folder import Folder
from popularity.links.telling import tell
from popularity.web.reasons import Reason


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    for name in ("posts.csv", "photos/a.jpg", "photos/b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return Folder(tmp_path)


def told(folder: Folder, *rows: tuple[str, str]) -> tuple[str, ...]:
    """rows: image_url and reason of each post."""
    links = pd.DataFrame(rows, columns=["image_url", "reason"], index=range(5, 5 + len(rows)))
    return tell(links[["image_url"]].reset_index(drop=True), links[["reason"]], folder)


def test_paths_that_all_lead_nowhere_are_told_with_a_file_that_is_there(folder: Folder) -> None:
    web = ("https://example.org/1.jpg", "")
    (line,) = told(folder, web, ("x/1.jpg", Reason.MISSING_FILE), ("/y/2.jpg", Reason.OUTSIDE), ("", Reason.NO_LINK))
    assert line == (
        f"warning: none of 2 local paths leads to a file in {folder.path}: 'x/1.jpg' does not; "
        "'photos/a.jpg' lies there"
    )


def test_an_empty_folder_is_told_as_such(tmp_path: Path) -> None:
    (line,) = told(Folder(tmp_path), ("1.jpg", Reason.MISSING_FILE))
    assert line.endswith("it holds no file")


@pytest.mark.parametrize("reason", ["", Reason.NOT_AN_IMAGE, Reason.TOO_SMALL])
def test_one_path_that_leads_to_a_file_is_enough_for_silence(folder: Folder, reason: str) -> None:
    assert told(folder, ("1.jpg", Reason.MISSING_FILE), ("photos/a.jpg", reason)) == ()


def test_without_local_paths_nothing_is_told(folder: Folder) -> None:
    assert told(folder, ("https://example.org/1.jpg", "http status 404"), ("", Reason.NO_LINK)) == ()
    assert told(folder) == ()


def test_hosts_without_a_scheme_are_told_and_hide_no_lost_path(folder: Folder) -> None:
    bare, lost = ("example.org/a.jpg", Reason.NO_SCHEME), ("1.jpg", Reason.MISSING_FILE)
    (line,) = told(folder, bare, bare, ("https://example.org/1.jpg", ""), ("", Reason.NO_LINK))
    assert line == (
        "warning: 2 of 4 links name a host without http:// or https://, as 'example.org/a.jpg' does; "
        "write it before them"
    )
    (line,) = told(folder, bare, lost)
    assert line.startswith("warning: none of 1 local paths leads to a file")


def test_other_spellings_are_counted_with_a_pair(folder: Folder) -> None:
    folder.read("photos\\b.jpg", 9)
    folder.read("PHOTOS/a.jpg", 9)
    (line,) = told(folder, ("photos\\b.jpg", ""), ("PHOTOS/a.jpg", ""))
    assert line == "note: 2 local paths are spelled otherwise: 'PHOTOS/a.jpg' is read as 'photos/a.jpg'"


@pytest.mark.parametrize(
    ("reason", "step"), [(Reason.HEIC, "pip install 'photo-popularity[heif]'"), (Reason.TIFF, "convert them to JPEG")]
)
def test_a_batch_mostly_of_an_unread_format_is_told_with_the_step(folder: Folder, reason: Reason, step: str) -> None:
    (line,) = told(folder, ("photos/a.jpg", reason), ("photos/b.jpg", reason), ("c", ""), ("", Reason.NO_LINK))
    assert line.startswith(f"warning: 2 of 4 photos: {reason}; ")
    assert step in line
    assert told(folder, ("photos/a.jpg", reason), ("photos/b.jpg", "")) == ()
