"""Refused files of labels are read by nothing until they are replaced or released."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.errors import UserError
from popularity.files import sha256_of
from popularity.sources.refused import FILE, Refused, files_of_labels, read_refused, write_refused
from popularity.sources.visits import apply_visits


def labels_after_visits(folder: Path) -> list[float]:
    labels = pd.DataFrame({"pid": [1, 2], "label": 1.0, "views": np.nan, "postdate": 1_500_000_000, "seen": np.nan})
    labels = labels.assign(given_split="train", pending="")
    found: list[float] = apply_visits(folder, labels, frozenset({1, 2}), "log2_views").labels["label"].tolist()
    return found


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """A folder with a good file and a refused one."""
    (tmp_path / "good.csv").write_text("pid,label\n1,2\n")
    (tmp_path / "views.csv").write_text("pid,label\n2,5000\n")
    write_refused(tmp_path, [Refused(file="views.csv", sha256=sha256_of(tmp_path / "views.csv"), why="raw counts")])
    return tmp_path


def test_a_refused_file_is_read_by_nothing_under_any_name(refused: Path) -> None:
    assert labels_after_visits(refused) == [2.0, 1.0]
    (refused / "views.csv").rename(refused / "again.csv")
    assert labels_after_visits(refused) == [2.0, 1.0]


def test_another_file_in_its_place_is_read(refused: Path) -> None:
    (refused / "views.csv").write_text("pid,label\n2,5\n")
    assert labels_after_visits(refused) == [2.0, 5.0]


def test_a_released_file_is_read(refused: Path) -> None:
    write_refused(refused, [one.model_copy(update={"released": True}) for one in read_refused(refused)])
    assert files_of_labels(refused) == [refused / "good.csv", refused / "views.csv"]


def test_without_a_refusal_nothing_is_left_behind(refused: Path) -> None:
    write_refused(refused, [])
    assert not (refused / FILE).exists()
    write_refused(refused, [])


def test_a_listing_that_is_not_whole_is_named(refused: Path) -> None:
    (refused / FILE).write_text("[{")
    with pytest.raises(UserError, match=r"refused\.json"):
        files_of_labels(refused)
