"""Files whole or not at all, also where the disk is full, and nothing left of processes that were killed."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kit.mounts import read_only, run_with, small_disk
from popularity.errors import MachineError, forbidding, of_the_system
from popularity.files import (
    drop_leftovers,
    replacing,
    scratch,
    size_of,
    telling_full_disk,
    temporary_files_in,
    write_json,
)

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def dead() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path, dead: int) -> None:
    living, other = (tmp_path / f".a.json.{os.getppid()}.tmp", tmp_path / f".b.json.{dead}.tmp")
    for kept in (living, other, tmp_path / ".a.json.note.tmp"):
        kept.write_text("kept")
    (tmp_path / f".a.json.{dead}.tmp").write_text("half")
    write_json(tmp_path / "a.json", [])
    assert {file.name for file in tmp_path.iterdir()} == {"a.json", living.name, other.name, ".a.json.note.tmp"}


def test_folders_go_too_and_so_does_one_of_a_namesake_of_this_process(tmp_path: Path, dead: int) -> None:
    for pid in (dead, os.getpid()):  # the number comes again, in containers at each start
        (tmp_path / f".photos.{pid}.tmp").mkdir()
        (tmp_path / f".photos.{pid}.tmp/part-0").write_text("half")
    with replacing(tmp_path / "photos") as temporary:
        assert list(tmp_path.iterdir()) == []
        temporary.mkdir()
    assert [file.name for file in tmp_path.iterdir()] == ["photos"]


def test_leftovers_of_a_name_with_signs_of_a_pattern_are_its_own(tmp_path: Path, dead: int) -> None:
    for name in ("[ab]", "a"):
        (tmp_path / f".{name}.{dead}.tmp").touch()
    drop_leftovers(tmp_path / "[ab]")
    assert [file.name for file in tmp_path.iterdir()] == [f".a.{dead}.tmp"]


def test_scratch_is_gone_after_the_block_and_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(TypeError), scratch(tmp_path / "made/links") as folder:
        (folder / "pack").write_text((folder / "pack").write_text("bytes"))
    assert list((tmp_path / "made").iterdir()) == []


def test_libraries_and_children_put_temporary_files_there(tmp_path: Path) -> None:
    before = tempfile.gettempdir(), os.environ.get("TMPDIR")
    with temporary_files_in(tmp_path) as folder:
        assert Path(tempfile.gettempdir()) == folder
        with tempfile.NamedTemporaryFile() as file:
            assert Path(file.name).parent == folder
        child = subprocess.run(
            [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"], capture_output=True
        )
        assert child.stdout.decode().strip() == str(folder)
    assert (tempfile.gettempdir(), os.environ.get("TMPDIR")) == before
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_place_and_the_room_that_is_needed(tmp_path: Path) -> None:
    with pytest.raises(MachineError) as told, telling_full_disk(tmp_path / "a", lambda: 10**15):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(told.value).startswith(f"{tmp_path / 'a'}: its disk is full: more than 1,000,000,000.0 MB are needed, ")
    assert "make room on the disk of" in told.value.next_step


def test_any_other_error_stays_what_it_is(tmp_path: Path) -> None:
    other = OSError(errno.ENOSPC, "No space left on device", "/elsewhere/b")
    for error in (other, OSError(errno.EIO, "broken"), KeyError("x")):
        with pytest.raises(type(error)) as raised, telling_full_disk(tmp_path / "a", lambda: 0):
            raise error
        assert raised.value is error
    assert of_the_system(KeyError("x")) is of_the_system(FileNotFoundError(errno.ENOENT, "no", "a")) is None


def test_a_cause_deep_below_is_found() -> None:
    try:
        try:
            raise OSError(errno.EROFS, "Read-only file system", "data/x")
        except OSError as error:
            raise RuntimeError("writing failed") from error
    except RuntimeError as error:
        told = of_the_system(error)
    assert told is not None
    assert told.problem == "data/x: Read-only file system"
    with (
        pytest.raises(MachineError, match="may cannot be added: data/x: Read-only file system"),
        forbidding("may cannot be added"),
    ):
        raise OSError(errno.EROFS, "Read-only file system", "data/x")


def test_where_rights_lack_it_is_told_whose() -> None:
    told = of_the_system(PermissionError(errno.EACCES, "Permission denied", "data/x"))
    assert told is not None
    assert told.problem == "data/x: Permission denied"
    assert f"user {os.getuid()}; in a container UID and GID of .env say who" in told.next_step


def test_sizes_are_of_files_and_of_all_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").write_bytes(bytes(7))
    (tmp_path / "a/d").write_bytes(bytes(5))
    assert [size_of(tmp_path / name) for name in ("a", "a/d", "no")] == [12, 5, 0]


def run(code: str, mounts: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    body = f"from pathlib import Path\nfrom popularity.errors import run\ndef main():\n    {code}\nrun(main)"
    return run_with(mounts, [sys.executable, "-c", body], folder, ENVIRONMENT)


FILLS = {
    "JSON": "from popularity.files import write_json; write_json(Path('disk/out'), ['x' * 99_999])",
    "Parquet": "import pandas as pd; from popularity.posts import TEST_LABELS, write_table; "
    "write_table(Path('disk/out'), pd.DataFrame({'pid': range(99_999), 'label': 0.1}).sample(frac=1), TEST_LABELS)",
    "numpy": "import numpy as np; from popularity.files import replacing\n"
    "    with replacing(Path('disk/out')) as file: np.save(file.open('wb'), np.random.rand(99_999))",
    "scratch": "import tempfile; from popularity.files import temporary_files_in\n"
    "    with temporary_files_in(Path('disk')), tempfile.TemporaryFile() as file: file.write(bytes(999_999))",
    "store": "from popularity.store.packs import PackWriter; w = PackWriter(Path('disk'), 1, 0); "
    "w.append(bytes(99_999)); w.flush()",
    "index": "from popularity.store.index import Index; from popularity.store.entries import Entry, Kind\n"
    "    i = Index(Path('disk'))\n"
    "    for n in range(99): i.put_answer(Entry(Kind.PHOTO, str(n), 'a' * 9999, 'ok', True), None)",
    "no name": "import os; open('disk/out', 'wb', 0).write(bytes(65536)); os.write(os.open('disk/b', 65), b'x')",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", FILLS)
def test_a_full_disk_is_one_line_and_a_step(tmp_path: Path, what: str) -> None:
    (tmp_path / "disk").mkdir()
    done = run(FILLS[what], [small_disk(tmp_path / "disk", "64k")], tmp_path)
    assert done.returncode == 2, done.stderr
    first, second = [line for line in done.stderr.splitlines() if not line.startswith("Exception ignored")][:2]
    assert first.startswith("error: ")
    assert second.startswith("  next: ")
    assert "Traceback" not in done.stderr.split("  next:")[0]


@pytest.mark.slow
def test_a_store_that_takes_no_change_is_read(tmp_path: Path) -> None:
    write = (
        "from popularity.store.store import Store, Writer; from popularity.store.entries import Entry, Kind\n"
        "    with Writer(Path('store')) as s: s.record([Entry(Kind.PHOTO, 'a', 'a', 'ok', True, b'photo')])"
    )
    read = (
        "from popularity.store.store import Store, Writer; from popularity.store.entries import Entry, Kind\n"
        "    with Store(Path('store')) as s:\n"
        "        (a,) = s.answers(Kind.PHOTO, ['a']); print(s.read(a.sha256, s.places([a.sha256])[a.sha256]))"
    )
    assert run(write, [], tmp_path).stderr == ""
    assert run(read, [read_only(tmp_path / "store")], tmp_path).stdout.strip() == "b'photo'"
    refused = run(write.replace("'a'", "'b'"), [read_only(tmp_path / "store")], tmp_path)
    assert refused.returncode == 2
    assert "Read-only file system" in refused.stderr
