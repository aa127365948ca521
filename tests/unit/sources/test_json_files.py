"""JSON of strangers is read within limits, and what breaks them costs a file."""

import json
import lzma
from pathlib import Path

import pytest

from popularity.sources import json_files
from popularity.sources.cells import text_of
from popularity.sources.json_files import BadJsonError, load


def bomb() -> bytes:
    packing = lzma.LZMACompressor(lzma.FORMAT_XZ, preset=0)
    nothing = bytes(10**7)
    return b"".join([*(packing.compress(nothing) for _ in range(20)), packing.flush()])


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.json", b"{", "no JSON"),
        ("a.json", b"[" * 10**6, "nested too deeply"),
        ("a.json", b'"\xe9"', "not UTF-8"),
        ("a.json", b"1" * 5000, "no JSON"),
        ("a.json.xz", b'{"not": "packed"}', "no XZ file"),
        ("a.json.xz", lzma.compress(b"{}")[:-9], "does not end"),
        ("a.json.xz", bomb(), "larger than 50 MB"),
    ],
)
def test_a_file_that_is_no_json_within_the_limits_is_told(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadJsonError, match=why):
        load(tmp_path / name)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "MOST_BYTES", 100)
    (tmp_path / "a.json").write_text(json.dumps("x" * 98))
    assert load(tmp_path / "a.json") == "x" * 98
    (tmp_path / "a.json").write_text(json.dumps("x" * 99))
    with pytest.raises(BadJsonError, match="larger than"):
        load(tmp_path / "a.json")


def test_a_bomb_is_left_in_its_box(tmp_path: Path) -> None:
    """Unpacking stops at the limit: it takes no more memory than a file of that size."""
    import tracemalloc

    (tmp_path / "a.json.xz").write_bytes(bomb())
    tracemalloc.start()
    with pytest.raises(BadJsonError):
        load(tmp_path / "a.json.xz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * json_files.MOST_BYTES


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (float("nan"), ""), (True, "1"), (False, "0"), (7, "7"), (2**62, str(2**62)), (1.5, "1.5"),
        ("a", "a"), ("caf\ud83d", "caf\ufffd"), ("\ud83c\udf05", "🌅"), (["sea", "new york", 3], "sea newyork 3"),
        ({"a": 1}, '{"a": 1}'),
    ],
)  # fmt: skip
def test_a_value_becomes_what_a_csv_file_would_hold(value: object, text: str) -> None:
    assert text_of(value) == text
