"""Posts, labels, links and text of the named batches, joined: one row a post."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import paths
from popularity.dataset import POPULATIONS, IntArray
from popularity.errors import UserError
from popularity.posts import POSTS, read_table

NUMBERS = [name for name in POSTS.names if name not in ("alltags", "title", "description", "image_url")]


def join_batches(names: Iterable[str]) -> pd.DataFrame:
    """Read the named batches of the current project, and no others, sorted by pid.

    Returns the numeric columns of POSTS, batch, label (NaN: pending), given_split, has_photo, sha256 ("" without a
    photo), tags and title (token lists) and sentiment.
    Raises UserError when no batch is named, a pid is in two of them, or a table lacks a post.
    """
    batches = [_join(name) for name in names]
    if not batches:
        raise UserError("params.yaml names no batch", next_step="add one with `popularity batches add`")
    posts = pd.concat(batches).sort_values("pid", kind="stable", ignore_index=True)
    _refuse_duplicates(posts)
    return posts


def _join(batch: str) -> pd.DataFrame:
    posts = read_table(paths.posts(batch), NUMBERS).sort_values("pid", ignore_index=True)
    labels = of_the_same_posts(posts, paths.labels(batch), ["label", "given_split"])
    links = of_the_same_posts(posts, paths.links(batch), ["alive", "sha256"])
    text = of_the_same_posts(posts, paths.text(batch), ["tags", "title", "sentiment"])
    photo = pd.DataFrame({"has_photo": links["alive"], "sha256": links["sha256"].where(links["alive"], "")})
    return pd.concat([posts.assign(batch=batch), labels, photo, text], axis=1)


def of_the_same_posts(posts: pd.DataFrame, path: Path, columns: list[str]) -> pd.DataFrame:
    """Columns of another table of the batch, row by row beside `posts`, which is sorted by pid.

    Raises UserError unless it has one row for each post.
    """
    table = read_table(path, ["pid", *columns]).sort_values("pid", ignore_index=True)
    if not table["pid"].equals(posts["pid"]):
        odd = np.setxor1d(table["pid"], posts["pid"])
        raise UserError(
            f"{path} does not have one row for each post of its batch (pid {', '.join(map(str, odd[:5]))})",
            next_step="run `dvc repro`, which writes both anew",
        )
    return table[columns]


def _refuse_duplicates(posts: pd.DataFrame) -> None:
    again = posts[posts["pid"].duplicated(keep=False)]
    if len(again):
        pid = again["pid"].iloc[0]
        where = " and ".join(again.loc[again["pid"] == pid, "batch"].unique())
        raise UserError(
            f"{again['pid'].nunique()} posts are in more than one batch: pid {pid} is in {where}",
            next_step="take these rows out of one of the batches, or `popularity batches remove` one of them",
        )


def count_rows(rows: pd.DataFrame, group: IntArray) -> dict[str, object]:
    """Counts of what came in and where it went; nothing is dropped here.

    rows: one a post, with batch, split, fold and has_photo. group: of each post, shape (n,), test posts' too.
    """
    split = rows["split"]
    in_test = np.isin(group, group[split == "test"])
    return {
        "rows_in": len(rows),
        "rows_out": len(rows),
        "dropped": {},
        "batches": {name: int(count) for name, count in rows["batch"].value_counts().sort_index().items()},
        "splits": {
            population: {
                name: int(((split == name) & (rows["has_photo"] | (population == "all_posts"))).sum())
                for name in ("train", "test", "pending")
            }
            for population in POPULATIONS
        },
        "folds": {str(one): int((rows["fold"] == one).sum()) for one in range(rows["fold"].max() + 1)},
        "copies": len(group) - len(np.unique(group)),
        "training_posts_that_copy_a_test_post": int(((split == "train") & in_test).sum()),
    }
