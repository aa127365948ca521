"""What a crawl was told of posts that are gone is why they have no link."""

from pathlib import Path

import pandas as pd
import pytest

from popularity.links.folder import Folder
from popularity.links.gone import GONE, as_gone
from popularity.web.reasons import Reason

LINKS = pd.DataFrame({"pid": [1, 2, 3, 4], "reason": [Reason.NO_LINK, Reason.NO_LINK, "", Reason.NO_LINK]})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_post_without_a_link_is_gone_where_the_crawl_says_so(folder: Folder) -> None:
    told = ["pid,reason", "1,private", "3,private", '4,"deleted, private, or never there"', "4,private", "9,private"]
    (folder.path / GONE).write_text("\n".join(told) + "\n")
    found = as_gone(LINKS, folder)["reason"].tolist()
    assert found == ["private", "no link", "", "deleted, private, or never there"]


@pytest.mark.parametrize("told", ["", "pid,why\n1,private\n", "pid,reason\n1,\n", "pid,reason\n1,of no interest\n"])
def test_a_file_that_says_something_else_changes_nothing(folder: Folder, told: str) -> None:
    (folder.path / GONE).write_text(told)
    pd.testing.assert_frame_equal(as_gone(LINKS, folder), LINKS)


def test_most_folders_have_no_such_file(folder: Folder) -> None:
    assert as_gone(LINKS, folder) is LINKS
