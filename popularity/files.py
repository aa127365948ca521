"""Files written whole or not at all, under a temporary name first and then renamed; and told where one is not whole."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from popularity.errors import UserError

SHOWN = 200
"""Characters of a library's message that are passed on."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there replaces `path` when the block succeeds.

    The block may write a file or make a folder. On an error `path` is left as it was and nothing else remains.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


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
