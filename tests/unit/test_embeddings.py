import numpy as np
import pytest

from popularity.embeddings import gather, read_embeddings
from popularity.errors import UserError


def write(folder, pids, length=2):
    folder.mkdir()
    np.save(folder / "pids.npy", np.array(pids, dtype=np.int64))
    matrix = np.repeat(np.array(pids, dtype=np.float16)[:, None], length, axis=1)
    np.save(folder / "embeddings.npy", matrix)
    return folder


def test_gather_gives_a_row_for_each_pid_in_the_order_asked_across_batches(tmp_path):
    folders = [write(tmp_path / "a", [1, 5, 9]), write(tmp_path / "b", [2, 7])]
    assert gather(np.array([9, 2, 1]), folders)[:, 0].tolist() == [9, 2, 1]


def test_gather_names_a_pid_that_no_batch_has(tmp_path):
    with pytest.raises(UserError, match="pid 6"):
        gather(np.array([1, 6]), [write(tmp_path / "a", [1, 5, 9])])


def test_gather_refuses_batches_of_unlike_length(tmp_path):
    folders = [write(tmp_path / "a", [1]), write(tmp_path / "b", [2], length=3)]
    with pytest.raises(UserError, match="unlike length"):
        gather(np.array([1]), folders)


def test_gather_of_no_pids_keeps_the_length(tmp_path):
    assert gather(np.array([], dtype=np.int64), [write(tmp_path / "a", [])]).shape == (0, 2)


def test_a_folder_without_embeddings_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(UserError, match=r"pids\.npy"):
        read_embeddings(tmp_path)
