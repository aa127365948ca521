"""Who asked to be forgotten: data/forgotten.csv, which ingest, the crawl and scoring read.

It holds no id: of each user and each post stands there HMAC-SHA256 (RFC 2104) of the id, under a secret of 32 random
bytes, `forgotten.salt` in the store, which git and DVC ignore. Who has the file alone learns nothing of the ids. Who
has the salt too can try all ids that there are, for ids are short numbers: so the two lie apart. A slow hash would not
help: at a tenth of a second each batch of 400,000 posts costs eleven hours, and a known id is still tried at once.
"""

import csv
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from popularity import paths
from popularity.arrays import BoolArray
from popularity.errors import UserError
from popularity.files import replacing, telling
from popularity.store.place import store_folder

SALT = "forgotten.salt"
SALT_BYTES = 32
HEADER = ("kind", "hash")
LARGEST = int(np.iinfo(np.int64).max)
"""The largest id that a table holds."""

LONGEST = len(str(LARGEST))
REASON = "forgotten at a person's request"
"""Why such a post is dropped, as metrics say it."""


@dataclass(frozen=True)
class Forgotten:
    """The users and posts of the file, each as a hash. salt: the secret; b"" before anybody was forgotten."""

    salt: bytes
    users: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()

    @classmethod
    def read(cls) -> Self:
        """Those of the current project; nobody where it has no such file.

        Raises UserError where the file is not whole, or names somebody and the salt is not that which it was written
        with: nobody could be recognised then, and those whom it names would come back.
        """
        rows = _rows(paths.FORGOTTEN) if paths.FORGOTTEN.exists() else []
        if not rows:
            return cls(b"")
        path = store_folder() / SALT
        salt = bytes.fromhex(path.read_text(encoding="ascii").strip()) if path.exists() else b""
        if not salt or ("salt", _hash(salt, "salt")) not in rows:
            raise UserError(
                f"{paths.FORGOTTEN} names {len(rows) - 1:,} users and posts, and {path}, without which nobody can tell "
                f"whom, {'is another one' if salt else 'is not there'}",
                next_step=f"bring {path} from a backup, or from the checkout that wrote {paths.FORGOTTEN}",
            )
        found = {kind: frozenset(one for its, one in rows if its == kind) for kind in ("user", "post")}
        return cls(salt, found["user"], found["post"])

    def __bool__(self) -> bool:
        return bool(self.users or self.posts)

    def adding(self, users: Iterable[int] = (), posts: Iterable[int] = ()) -> Self:
        """The same with these ids as well; nothing is written. The first of all gives it a salt."""
        salt = self.salt or secrets.token_bytes(SALT_BYTES)
        more = {
            "user": {_hash(salt, f"user {one}") for one in users},
            "post": {_hash(salt, f"post {one}") for one in posts},
        }
        return replace(self, salt=salt, users=self.users | more["user"], posts=self.posts | more["post"])

    def write(self) -> None:
        """Append what the file of the current project has not yet; before that the salt is there."""
        rows = _rows(paths.FORGOTTEN) if paths.FORGOTTEN.exists() else []
        wanted = [("salt", _hash(self.salt, "salt"))]
        wanted += [(kind, one) for kind, some in (("user", self.users), ("post", self.posts)) for one in sorted(some)]
        there = set(rows)
        if all(row in there for row in wanted):
            return
        path = store_folder() / SALT
        if not path.exists():
            with replacing(path) as temporary:
                temporary.touch(mode=0o600)
                temporary.write_text(self.salt.hex() + "\n", encoding="ascii")
        lines = [",".join(row) for row in (HEADER, *rows, *(row for row in wanted if row not in there))]
        with replacing(paths.FORGOTTEN) as temporary:
            temporary.write_text("\n".join(lines) + "\n", encoding="ascii")

    def has_user(self, uid: int) -> bool:
        """Whether that user is to be forgotten, and so whatever he posts."""
        return bool(self.users) and _hash(self.salt, f"user {uid}") in self.users

    def has_post(self, pid: int) -> bool:
        """Whether that post is to be forgotten."""
        return bool(self.posts) and _hash(self.salt, f"post {pid}") in self.posts

    def of_users(self, uid: Iterable[int]) -> BoolArray:
        """Which of these users are to be forgotten, shape (n,)."""
        return _each(uid, self.has_user, some=bool(self.users))

    def of_posts(self, pid: Iterable[int]) -> BoolArray:
        """Which of these posts are to be forgotten, shape (n,)."""
        return _each(pid, self.has_post, some=bool(self.posts))

    def rows(self, pid: Iterable[int], uid: Iterable[int]) -> BoolArray:
        """Which posts are to be forgotten, by themselves or by who posted them. pid, uid: shape (n,)."""
        return np.asarray(self.of_posts(pid) | self.of_users(uid))


def whole_number(text: str) -> int | None:
    """An id as a program wrote it into text, `42.0` too; None where it is none, or beyond 2^63 - 1, as of no post."""
    digits, _, fraction = text.strip().partition(".")
    if not (digits.isascii() and digits.isdecimal()) or fraction.strip("0"):
        return None
    digits = digits.lstrip("0")
    number = int(digits or "0") if len(digits) <= LONGEST else LARGEST + 1  # Python reads no number of 4,301 digits
    return number if number <= LARGEST else None


def _each(ids: Iterable[int], has: Callable[[int], bool], *, some: bool) -> BoolArray:
    values = np.asarray(list(ids) if not isinstance(ids, np.ndarray) else ids)
    if not some or not len(values):
        return np.zeros(len(values), dtype=bool)
    different, place = np.unique(values, return_inverse=True)
    return np.array([has(int(one)) for one in different.tolist()], dtype=bool)[place]


def _hash(salt: bytes, text: str) -> str:
    return hmac.digest(salt, text.encode("ascii"), "sha256").hex()


def _rows(path: Path) -> list[tuple[str, str]]:
    with telling(path), path.open(encoding="ascii", newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
        if tuple(header) != HEADER or any(len(row) != len(HEADER) for row in rows):
            raise ValueError(f"its columns are not {', '.join(HEADER)}")
        return [(kind, one) for kind, one in rows]
