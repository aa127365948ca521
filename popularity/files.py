"""Files written whole or not at all, under a temporary name first and then renamed; and told where one is not whole."""

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from popularity.errors import MachineError, UserError, is_full

SHOWN = 200
"""Characters of a library's message that are passed on."""

NO_ROOM = 2**14
"""Bytes of free space below which a disk counts as full."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there replaces `path` when the block succeeds.

    The block may write a file or make a folder. On an error `path` is left as it was and nothing else remains; what a
    killed process left goes first. Raises MachineError where the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    drop_leftovers(path)
    temporary = _temporary(path)
    try:
        with telling_full_disk(path, lambda: size_of(temporary)):
            yield temporary
            if path.is_dir():
                shutil.rmtree(path)
            temporary.replace(path)
    finally:
        delete(temporary)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """A folder beside `path` that is gone when the block ends, or when the same is asked for after a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drop_leftovers(path)
    folder = _temporary(path)
    folder.mkdir()
    try:
        yield folder
    finally:
        delete(folder)


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[Path]:
    """A scratch folder in this one, which libraries, and processes started here, put their temporary files in as well.

    For /tmp is small in containers and on clusters.
    """
    with (
        scratch(folder / "scratch") as place,
        telling_full_disk(place, lambda: size_of(place)),
        ExitStack() as after,
    ):
        after.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
        after.callback(_set_variable, "TMPDIR", os.environ.get("TMPDIR"))
        tempfile.tempdir = os.environ["TMPDIR"] = str(place.absolute())
        yield place


def drop_leftovers(path: Path) -> None:
    """Delete what `replacing` and `scratch` left of this path in processes that live no more."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        pid = left.name.split(".")[-2]
        if pid.isdecimal() and (int(pid) == os.getpid() or not psutil.pid_exists(int(pid))):
            delete(left)


def delete(path: Path) -> None:
    """Delete a file or a folder, there or not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder; 0 where it is not there."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


@contextmanager
def telling_full_disk(path: Path, needed: Callable[[], int]) -> Iterator[None]:
    """Turn what a full disk makes a block raise into a MachineError, unless that is about a file elsewhere.

    needed: bytes that it has to hold at least.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # some libraries write without telling the system's error number
        free = shutil.disk_usage(path.parent).free
        named = Path(str(error.filename)) if isinstance(error, OSError) and error.filename else path
        elsewhere = not named.absolute().is_relative_to(path.parent.absolute())
        if elsewhere or (not is_full(error) and free >= NO_ROOM):
            raise
        least = max(needed(), free + 1)
        raise MachineError(
            f"{path}: its disk is full: more than {least / 1e6:,.1f} MB are needed, {free / 1e6:,.1f} MB are free",
            next_step=f"make room on the disk of {path.parent.absolute()}, then run this again",
        ) from error


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def write_json(path: Path, content: Any) -> None:
    """Write JSON that diffs well: indented, keys in the order given, no NaN (ValueError)."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises BrokenFileError where it is none."""
    with telling(path):
        return json.loads(path.read_text(encoding="utf-8"))


class BrokenFileError(UserError, ValueError):
    """A file that this project wrote is not as it was written."""


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what reading a file of ours raises into a BrokenFileError that names it; that it is not there stays so."""
    try:
        yield
    except (FileNotFoundError, UserError):
        raise
    except Exception as error:  # what libraries raise on strange bytes is not to be listed
        problem = " ".join(str(error).split())[:SHOWN]
        raise BrokenFileError(f"{path} is not as it was written: {problem}", next_step=bring_back(path)) from error


def bring_back(path: Path) -> str:
    """What to do about a broken file, which goes by where it lies."""
    place = path.as_posix()
    if "models/champions/" in place:
        return "copy that champion's whole folder again, or take another: `popularity champion list`"
    if place.startswith("monitoring/"):
        return "take it from a backup; without one delete it: it is the only record of that night"
    if place.startswith("metrics/"):
        return f"`git checkout {place}`"
    return f"delete {place}, then `dvc repro`, which brings it back"


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
