"""Rows go from a CSV file, and all other bytes stay."""

import csv
from pathlib import Path

import pytest

from popularity.forgetting.crawl_folder import rows_that_go
from popularity.forgetting.csv_file import drop_rows, read_rows
from popularity.forgotten import Forgotten

FORGOTTEN = Forgotten(b"").adding(users=[7], posts=[3])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"pid,uid\n1,7\n2,8\n3,8\n", b"pid,uid\n2,8\n"),
        (b"\xef\xbb\xbfuid,pid\r\n7,1\r\n8,2\r\n", b"\xef\xbb\xbfuid,pid\r\n8,2\r\n"),
        (b'pid,title\n2,"two\n3,lines"\n3,"two\n""lines"""\n4,x', b'pid,title\n2,"two\n3,lines"\n4,x'),
        (b"pid,title\n2,caf\xe9\n3.0,caf\xe9\n", b"pid,title\n2,caf\xe9\n"),
        (b"pid\n\n 3 \n\n4\n", b"pid\n\n\n4\n"),
    ],
)
def test_what_stays_is_the_same_byte_for_byte(tmp_path: Path, before: bytes, after: bytes) -> None:
    file = tmp_path / "posts.csv"
    file.write_bytes(before)
    drop_rows(file, rows_that_go(file, FORGOTTEN))
    assert file.read_bytes() == after
    assert rows_that_go(file, FORGOTTEN) == []


def test_a_file_whose_rows_nobody_can_tell_apart_is_told(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text('pid,title\n1,"open\n3,x\n')
    with pytest.raises(csv.Error):
        list(read_rows(tmp_path / "posts.csv"))
