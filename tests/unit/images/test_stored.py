import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.stored_photos import write_shard
from popularity.images.stored import Fault, list_photos


@pytest.fixture
def folder(tmp_path):
    write_shard(tmp_path, 0, {1: b"a", 2: b"b", 5: b"a"})
    write_shard(tmp_path, 1, {7: b"b"})
    write_shard(tmp_path, 2, {8: b"c", 9: b"a"})
    return tmp_path


def test_photos_are_listed_by_pid_with_the_hash_of_their_bytes(folder):
    stored = list_photos(folder)
    assert stored.pids.tolist() == [1, 2, 5, 7, 8, 9]
    assert stored.hashes[4] == hashlib.sha256(b"c").digest()


def test_of_photos_with_the_same_bytes_the_first_counts(folder):
    assert list_photos(folder).first.tolist() == [True, True, False, False, True, False]


def test_wanted_photos_are_read_in_order_and_other_shards_are_not_opened(folder):
    stored = list_photos(folder)
    stored.shards[1].unlink()
    wanted = np.array([False, True, True, False, False, True])
    assert list(stored.read(wanted)) == [(1, b"b"), (2, b"a"), (5, b"a")]


def test_an_empty_shard_is_no_fault(tmp_path):
    write_shard(tmp_path, 0, {})
    stored = list_photos(tmp_path)
    assert (stored.pids.shape, stored.faults) == ((0,), ())


def cut_off(shard):
    shard.write_bytes(shard.read_bytes()[:-20])


def spoil_a_page(shard):
    content = bytearray(shard.read_bytes())
    content[4:40] = b"\xff" * 36
    shard.write_bytes(content)


def other_columns(shard):
    pq.write_table(pa.table({"pid": [1]}), shard)


@pytest.mark.parametrize("spoil", [cut_off, spoil_a_page, other_columns, lambda shard: shard.write_bytes(b"")])
def test_a_shard_that_cannot_be_read_is_a_fault_and_the_others_are_listed(folder, spoil):
    spoil(folder / "part-00001.parquet")
    stored = list_photos(folder)
    [fault] = stored.faults
    assert (fault.shard.name, fault.pid) == ("part-00001.parquet", None)
    assert stored.pids.tolist() == [1, 2, 5, 8, 9]
    assert [row for row, _ in stored.read(np.ones(5, bool))] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("row", "pid", "shard"), [(0, 1, 0), (2, 5, 0), (3, 7, 1), (4, 8, 2), (5, 9, 2)])
def test_a_photo_that_does_not_decode_is_named_by_shard_and_pid(folder, row, pid, shard):
    assert list_photos(folder).fault(row, "why") == Fault(folder / f"part-0000{shard}.parquet", pid, "why")
