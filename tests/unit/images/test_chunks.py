import shutil

import numpy as np
import pytest

from popularity.images.chunks import HASH, Chunks, key_of

LENGTH = 3


def hashes(*numbers):
    """Hashes that differ in their last bytes, zeros included."""
    return np.array([number.to_bytes(30, "big") + bytes(2) for number in numbers], dtype=HASH)


def numbers(*values):
    return np.repeat(np.array(values, np.float16)[:, None], LENGTH, axis=1)


@pytest.fixture
def folder(tmp_path):
    """Two chunks, of three photos and two."""
    chunks = Chunks(tmp_path / "key", LENGTH)
    chunks.add(hashes(5, 1, 256), numbers(50, 10, 2560))
    chunks.add(hashes(3, 4), numbers(30, 40))
    return tmp_path / "key"


def embedding_of(chunks, *which):
    return chunks.read(chunks.find(hashes(*which)))[:, 0].tolist()


def test_photos_are_found_again_in_any_order(folder):
    chunks = Chunks(folder, LENGTH)
    assert embedding_of(chunks, 4, 256, 1, 4, 5, 3) == [40, 2560, 10, 40, 50, 30]


def test_a_photo_that_is_not_there_has_no_place(folder):
    places = Chunks(folder, LENGTH).find(hashes(0, 1, 2, 255, 257))
    assert (places >= 0).tolist() == [False, True, False, False, False]


def test_an_empty_folder_holds_no_photo(tmp_path):
    assert Chunks(tmp_path / "key", LENGTH).find(hashes(1)).tolist() == [-1]
    assert not (tmp_path / "key").exists()


def test_the_same_photos_make_the_same_file(folder, tmp_path):
    again = Chunks(tmp_path / "elsewhere/key", LENGTH)
    again.add(hashes(5, 1, 256), numbers(50, 10, 2560))
    [file] = (tmp_path / "elsewhere/key").iterdir()
    assert (folder / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content + b"\0",
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: b"\x80\x04N.",
    ],
    ids=["truncated", "empty", "longer", "one bit", "a pickle"],
)
def test_a_file_that_is_not_as_it_was_written_is_told_and_deleted(folder, capsys, spoil):
    file = max(folder.iterdir(), key=lambda file: file.stat().st_size)  # that of three photos
    file.write_bytes(spoil(file.read_bytes()))
    chunks = Chunks(folder, LENGTH)
    assert (chunks.find(hashes(5, 1, 256, 3, 4)) >= 0).tolist() == [False, False, False, True, True]
    assert str(file) in capsys.readouterr().err
    assert not file.exists()


def test_chunks_of_another_network_are_not_taken(folder, tmp_path, capsys):
    shutil.copytree(folder, tmp_path / "other")
    assert Chunks(tmp_path / "other", LENGTH).find(hashes(1)).tolist() == [-1]
    assert capsys.readouterr().err.count("embedded again") == 2


def test_what_a_killed_run_left_half_written_is_not_read(folder):
    (folder / ".half.npy.123.tmp").write_bytes(b"\x93NUMPY")
    assert embedding_of(Chunks(folder, LENGTH), 1) == [10]


def test_a_key_is_the_same_for_the_same_facts_in_any_order():
    assert key_of({"a": 1, "b": (1, 2)}) == key_of({"b": [1, 2], "a": 1}) != key_of({"a": 1, "b": [2, 1]})


@pytest.mark.slow
def test_finding_among_a_million_photos_takes_the_memory_of_a_few_hashes_each(tmp_path):
    import tracemalloc

    rng = np.random.default_rng(1)
    many = rng.bytes(32 * 1_000_000)
    known = np.frombuffer(many, dtype=HASH)
    chunks = Chunks(tmp_path / "key", LENGTH)
    for start in range(0, len(known), 250_000):
        chunks.add(known[start : start + 250_000], np.zeros((250_000, LENGTH), np.float16))
    tracemalloc.start()
    places = chunks.find(known[::-1])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert places.tolist() == list(range(999_999, -1, -1))
    assert peak < 150e6
