import gc

import numpy as np
import pyarrow as pa
import pytest

from kit.grey_photos import jpeg_of, write_photos
from kit.stored_photos import noise, write_shard
from popularity.errors import UserError
from popularity.images.damaged import bring_back
from popularity.images.decode import read_square
from popularity.images.preprocessing import Preprocessing
from popularity.images.stream import Photos, augment
from popularity.posts import shard_path

AS_IT_IS = Preprocessing((0, 1, 2), mean=(0, 0, 0), deviation=(1, 1, 1))
SIDE = 32
PIDS = np.arange(100)


def photos_of(*folders, seed=7):
    return Photos(folders, SIDE, AS_IT_IS, seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photos of pids 0 to 99 in 20 shards."""
    return write_photos(tmp_path_factory.mktemp("photos"), range(100))


def order(batches):
    return np.concatenate(batches.rows)


def test_an_epoch_holds_each_photo_once(folder):
    pids = PIDS[::3]
    batches = photos_of(folder).shuffled(pids, 8, epoch=0)
    assert sorted(order(batches)) == list(range(len(pids)))


def test_a_row_of_a_batch_is_the_photo_of_its_pid(folder):
    pids = PIDS[[70, 3, 55, 18]]
    batches = photos_of(folder).shuffled(pids, 3, epoch=0)
    for number, rows in enumerate(batches.rows):
        grey = batches.read(number).mean(axis=(1, 2, 3))
        np.testing.assert_allclose(grey, pids[rows] + 20, atol=6)


def test_orders_differ_between_epochs_and_seeds_and_not_between_runs(folder):
    first = order(photos_of(folder).shuffled(PIDS, 8, epoch=0))
    assert (first == order(photos_of(folder).shuffled(PIDS, 8, epoch=0))).all()
    assert (first != order(photos_of(folder).shuffled(PIDS, 8, epoch=1))).any()
    assert (first != order(photos_of(folder, seed=8).shuffled(PIDS, 8, epoch=0))).any()


def test_photos_of_several_shards_are_mixed_in_a_batch(folder):
    batches = photos_of(folder).shuffled(PIDS, 10, epoch=0)
    assert min(len(np.unique(rows // 5)) for rows in batches.rows) >= 3


def test_no_batch_is_a_rest_of_a_few_photos(folder):
    assert sorted(len(rows) for rows in photos_of(folder).shuffled(PIDS[:33], 16, epoch=0).rows) == [11, 11, 11]


def test_an_epoch_gives_the_same_pixels_again_and_another_gives_others(folder):
    pids = PIDS[:5]
    zeroth, again, first = (photos_of(folder).shuffled(pids, 5, epoch) for epoch in (0, 0, 1))
    np.testing.assert_array_equal(zeroth.read(0), again.read(0))
    assert (zeroth.read(0)[np.argsort(zeroth.rows[0])] != first.read(0)[np.argsort(first.rows[0])]).any()


def test_prediction_reads_photos_as_embeddings_do_and_in_the_order_of_the_disk(tmp_path):
    early, late = write_photos(tmp_path / "a", [2, 4, 6]), write_photos(tmp_path / "b", [1, 3, 5])
    pids = np.arange(1, 7)
    batches = photos_of(early, late).stored(pids)
    assert [pids[rows].tolist() for rows in batches.rows] == [[2], [4], [6], [1], [3], [5]]
    np.testing.assert_array_equal(batches.read(4), [read_square(jpeg_of(3), SIDE)])


def test_a_photo_is_mirrored_in_half_of_the_cases_and_shifted_a_little():
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[16:20, 4:8] = 255  # left of the middle
    drawn = [augment(pixels, np.random.default_rng(seed)) for seed in range(200)]
    middles = np.array([np.argwhere(each[..., 0] == 255).mean(axis=0) for each in drawn])
    assert {each.shape for each in drawn} == {(32, 32, 3)}
    assert 70 < (middles[:, 1] > 16).sum() < 130
    assert set(middles[:, 0] - 17.5) == {-2, -1, 0, 1, 2}
    assert set(np.minimum(middles[:, 1], 31 - middles[:, 1]) - 5.5) == {-2, -1, 0, 1, 2}


def test_a_pid_without_a_stored_photo_is_an_error(folder):
    with pytest.raises(UserError, match="1 posts with a photo have none stored, the first is pid 100"):
        photos_of(folder).stored(np.array([4, 100]))
    with pytest.raises(UserError, match="pid 4"):
        photos_of().shuffled(np.array([4]), 8, epoch=0)


def test_no_photo_gives_no_batch(folder):
    assert photos_of(folder).shuffled(PIDS[:0], 8, epoch=0).rows == []
    assert photos_of(folder).stored(PIDS[:0]).rows == []


def test_a_photo_that_does_not_decode_is_an_error_with_shard_and_pid(tmp_path):
    write_shard(tmp_path, 0, {77: b"<html>"})
    with pytest.raises(UserError, match=r"part-00000\.parquet: the photo of pid 77 does not decode") as caught:
        photos_of(tmp_path).stored(np.array([77])).read(0)
    assert caught.value.next_step == bring_back(tmp_path)


def test_a_shard_that_is_cut_off_names_itself(tmp_path):
    write_photos(tmp_path, range(10))
    shard = shard_path(tmp_path, 1)
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"part-00001\.parquet cannot be read") as caught:
        photos_of(tmp_path)
    assert caught.value.next_step == bring_back(tmp_path)


def test_the_digest_tells_other_photos_from_these(tmp_path, folder):
    other = write_photos(tmp_path, range(99))
    assert photos_of(folder).digest == photos_of(folder).digest
    assert len({photos_of(folder).digest, photos_of(other).digest, photos_of(folder, seed=8).digest}) == 3


def test_only_a_window_of_shards_is_held(tmp_path):
    for number in range(20):  # of 2 MB
        photos = noise(20, side=300, seed=number)
        write_shard(tmp_path, number, dict(zip(range(20 * number, 20 * number + 20), photos, strict=True)))
    shard_mb = shard_path(tmp_path, 0).stat().st_size / 1e6
    gc.collect()  # what earlier tests left would be freed while this one counts
    before = pa.total_allocated_bytes()
    batches = photos_of(tmp_path).shuffled(np.arange(400), 10, epoch=0)
    held = []
    for number in range(len(batches.rows)):
        batches.read(number)
        held.append((pa.total_allocated_bytes() - before) / 1e6)
    assert 4 * shard_mb < max(held) < 14 * shard_mb  # two windows of four, and what Arrow's threads free a little later
