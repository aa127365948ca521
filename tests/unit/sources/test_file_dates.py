"""When files were written is kept, for copies lose it."""

import os
from pathlib import Path

import pytest

from popularity.errors import UserError
from popularity.sources.file_dates import FileDates, write_file_dates


def test_dates_that_were_written_down_go_before_those_of_the_disk(tmp_path: Path) -> None:
    file, other = tmp_path / "a, b/ü.json", tmp_path / "other.json"
    file.parent.mkdir()
    for path in (file, other):
        path.touch()
        os.utime(path, (1_500_000_000,) * 2)
    assert FileDates(tmp_path).of(file) == 1_500_000_000
    write_file_dates(tmp_path, [file])
    os.utime(file, (1_600_000_000,) * 2)
    assert FileDates(tmp_path).of(file) == 1_500_000_000
    assert FileDates(tmp_path).of(other) is None
    write_file_dates(tmp_path, [file])
    assert FileDates(tmp_path).of(file) == 1_500_000_000


def test_a_date_that_an_archive_has_set_to_naught_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").touch()
    os.utime(tmp_path / "a.json", (0, 0))
    assert FileDates(tmp_path).of(tmp_path / "a.json") is None
    write_file_dates(tmp_path, [tmp_path / "a.json"])
    assert (tmp_path / "file_dates.csv").read_text() == "file,date\n"


@pytest.mark.parametrize("text", ["", "file\n", "file,date\na.json,soon\n", "file,date\na.json\n", 'file,date\n"a'])
def test_a_list_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "file_dates.csv").write_text(text)
    with pytest.raises(UserError, match=r"file_dates\.csv is no list of files and dates"):
        FileDates(tmp_path)
