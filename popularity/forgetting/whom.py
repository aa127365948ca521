"""Who is to be forgotten, and what the project's tables say of their posts as long as they are there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from popularity import paths
from popularity.forgetting.crawl_folder import CrawlFolder, posts_of
from popularity.forgotten import Forgotten
from popularity.links.folder import is_remote
from popularity.monitoring.known_labels import FILE
from popularity.monitoring.reference import FOLDER
from popularity.posts import read_table
from popularity.settings import Settings


@dataclass(frozen=True)
class Whom:
    """All that is needed to find them.

    posts: pid, uid and postdate of theirs, of tables that are still there. links: of theirs, and of nobody else's.
    kept: those of posts that stay. tokens: of the columns tags and title, those that no other post has. crawls: by the
    batch's name, and where crawls wait or were refused by their folders.
    """

    forgotten: Forgotten
    posts: pd.DataFrame
    links: frozenset[str]
    kept: frozenset[str]
    tokens: dict[str, frozenset[str]]
    batches: dict[str, CrawlFolder]
    others: tuple[CrawlFolder, ...]

    @classmethod
    def read(cls, forgotten: Forgotten, settings: Settings) -> "Whom":
        """forgotten: with the posts of its users, see `posts_of_user`."""
        batches = {name: CrawlFolder.read(Path(one.path), forgotten, one) for name, one in settings.batches.items()}
        others = tuple(CrawlFolder.read(folder, forgotten) for folder in crawls_aside())
        parts, links, stays = [], set(), set()
        tokens: dict[str, dict[bool, set[str]]] = {name: {True: set(), False: set()} for name in ("tags", "title")}
        for name in settings.batches:
            if paths.posts(name).exists():
                table = read_table(paths.posts(name), ["pid", "uid", "postdate", "image_url"])
                gone = forgotten.rows(table["pid"], table["uid"])
                parts.append(table.loc[gone, ["pid", "uid", "postdate"]])
                links |= set(table.loc[gone, "image_url"])
                stays |= set(table.loc[~gone, "image_url"])
            if paths.text(name).exists():
                text = read_table(paths.text(name), ["pid", *tokens])
                gone = forgotten.of_posts(text["pid"])
                for column, found in tokens.items():
                    for goes in (True, False):
                        found[goes].update(*text.loc[gone == goes, column])
        for folder in (*batches.values(), *others):
            links |= folder.links
            stays |= folder.others_links
        return cls(
            forgotten,
            pd.concat([pd.DataFrame(columns=["pid", "uid", "postdate"], dtype="int64"), *parts], ignore_index=True),
            frozenset(link for link in links - stays if is_remote(link)),
            frozenset(link for link in stays if is_remote(link)),
            {column: frozenset(found[True] - found[False]) for column, found in tokens.items()},
            batches,
            others,
        )

    def cuts(self, uid: Iterable[int]) -> "pd.Series[bool]":
        """Which rows of tables that name no post go, by their users: those of a user of whom one post goes, too."""
        values = pd.Series(uid, dtype="int64")
        return values.isin(self.posts["uid"]) | self.forgotten.of_users(values)


def crawls_aside() -> list[Path]:
    """Crawls that are no batch: those that wait, and those that were refused."""
    waiting = [path for path in sorted(paths.INBOX.glob("*")) if path.is_dir()]
    return [*waiting, *sorted(path for path in paths.QUARANTINE.glob("*/crawl") if path.is_dir())]


def posts_of_user(uid: int, settings: Settings) -> set[int]:
    """Pids of all posts of a user that any file of the project names."""
    folders = [(Path(one.path), one) for one in settings.batches.values()] + [(one, None) for one in crawls_aside()]
    found = {pid for folder, batch in folders for pid in posts_of(folder, lambda one: one == uid, batch)}
    for table in _tables_of_users(settings):
        rows = read_table(table, ["pid", "uid"])
        found |= set(rows.loc[rows["uid"] == uid, "pid"].tolist())
    return found


def _tables_of_users(settings: Settings) -> Iterator[Path]:
    tables = [*(paths.posts(name) for name in settings.batches), paths.DATASET]
    yield from (table for table in tables if table.exists())
    yield from sorted(paths.CHAMPIONS.glob(f"v*/{FOLDER}/{FILE}"))
