"""Posts, labels, links and text of the named batches, joined: one row a post."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import IntArray
from popularity.dataset.features import TOKENS
from popularity.dataset.hindsight import without_hindsight
from popularity.dataset.overlap import SEEN_BEFORE, Overlap
from popularity.dataset.photo_shape import SHAPE, photo_shape
from popularity.dataset.table import POPULATIONS
from popularity.errors import UserError
from popularity.posts import POSTS, read_table
from popularity.settings import KNOWN_LATER, Batch, Dataset

NUMBERS = [name for name in POSTS.names if name not in ("alltags", "title", "description", "image_url")]
PHOTO = ["sha256", "phash", "width", "height"]
"""What copies are found by; "" and 0 without a photo."""
WORDS = ["alltags", "title", "description"]
COPIES_A_TEST_POST = "copies a test post"
"""Why the dataset stage drops a training post."""


def join_batches(batches: Mapping[str, Batch], profile: str, overlap: Overlap | None = None) -> pd.DataFrame:
    """Read these batches of the current project, and no others, sorted by pid, as the profile may see them.

    overlap: of all batches of the project, of which these may be a part: a post that an earlier one holds is not
    joined, and one that a later one holds has its latest label. None: that of these, which then hold no unlike posts.
    Returns the numeric columns of POSTS, words_hash (of all of them), batch, label (NaN: pending), age_days,
    given_split, has_photo, the columns of PHOTO, SHAPE, and those of the text table: tags and title (token lists),
    sentiment and any other.
    Raises UserError when no batch is named, a table lacks a post, or without `overlap` as `refuse_unlike`;
    ValueError where a column of the text table has the name of another.
    """
    if not batches:
        raise UserError("params.yaml names no batch", next_step="add one with `popularity batches add`")
    if overlap is None:
        overlap = Overlap.of(batches)
        overlap.refuse_unlike()
    joined = [without_hindsight(_join(name, overlap), batch, profile) for name, batch in batches.items()]
    return pd.concat(joined).sort_values("pid", kind="stable", ignore_index=True)


def numbers_known(options: Dataset) -> list[str]:
    """The numbers of a post that models may read: those of POSTS but what is known later, SHAPE, and the profile's."""
    given = [*(name for name in NUMBERS if name not in KNOWN_LATER), SHAPE]
    return list(dict.fromkeys([*given, *(name for name in options.features if name not in TOKENS)]))


def refuse_mixture(batches: Mapping[str, Batch], of: str) -> None:
    """Raises UserError where a batch's labels count something else than the project's, which `of` names."""
    others = {name: batch.of for name, batch in batches.items() if batch.of not in (None, of)}
    if others:
        told = ", ".join(f"{name} {other}" for name, other in others.items())
        raise UserError(
            f"labels count {of} (label.of in params.yaml), but of these batches something else: {told}",
            next_step="a project has one unit: remove the others (`popularity batches remove NAME`), or set label.of "
            "to what all of them count",
        )


def _join(batch: str, overlap: Overlap) -> pd.DataFrame:
    posts = read_table(paths.posts(batch), [*NUMBERS, *WORDS]).sort_values("pid", ignore_index=True)
    words = pd.util.hash_pandas_object(posts[WORDS], index=False)  # many of them: held no longer than this
    posts = posts[NUMBERS].assign(words_hash=words)
    labels = of_the_same_posts(posts, paths.labels(batch), ["given_split"])
    links = of_the_same_posts(posts, paths.links(batch), ["alive", *PHOTO])
    text = of_the_same_posts(posts, paths.text(batch))
    # Bytes came for some links that are not alive, too: they were no photo.
    photo = links[PHOTO].assign(sha256=links["sha256"].where(links["alive"], ""), has_photo=links["alive"])
    photo[SHAPE] = photo_shape(links)
    joined = pd.concat([posts.assign(batch=batch), labels, photo, text], axis=1)
    joined = overlap.kept(batch, joined)
    looks = overlap.labels(batch).set_index("pid").loc[joined["pid"], ["label", "age_days"]]
    joined = pd.concat([joined, looks.reset_index(drop=True)], axis=1)
    if twice := joined.columns[joined.columns.duplicated()].tolist():
        raise ValueError(f"{paths.text(batch)}: a column of another table is called so too: {', '.join(twice)}")
    return joined


def of_the_same_posts(posts: pd.DataFrame, path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Columns, or all but pid, of another table of the batch, row by row beside `posts`, which is sorted by pid.

    Raises UserError unless it has one row for each post.
    """
    table = read_table(path, columns and ["pid", *columns]).sort_values("pid", ignore_index=True)
    if not table["pid"].equals(posts["pid"]):
        odd = np.setxor1d(table["pid"], posts["pid"])
        raise UserError(
            f"{path} does not have one row for each post of its batch (pid {', '.join(map(str, odd[:5]))})",
            next_step="run `dvc repro`, which writes both anew",
        )
    return table.drop(columns="pid")


def count_rows(posts: pd.DataFrame, rows: pd.DataFrame, group: IntArray, seen_before: int) -> dict[str, object]:
    """Counts of what came in and where it went.

    posts: all that were joined, with batch. rows: those that are not left out as copies of a test post, with split,
    fold and has_photo. group: of each of `posts`, shape (n,); `copies` are all but the first post of each group.
    seen_before: rows that were not joined, since an earlier batch holds the post.
    """
    split = rows["split"]
    left_out = len(posts) - len(rows)
    return {
        "rows_in": len(posts) + seen_before,
        "rows_out": len(rows),
        "dropped": {why: n for why, n in ((COPIES_A_TEST_POST, left_out), (SEEN_BEFORE, seen_before)) if n},
        "batches": {name: int(count) for name, count in posts["batch"].value_counts().sort_index().items()},
        "splits": {
            population: {
                name: int(((split == name) & (rows["has_photo"] | (population == "all_posts"))).sum())
                for name in ("train", "test", "pending")
            }
            for population in POPULATIONS
        },
        "folds": {str(one): int((rows["fold"] == one).sum()) for one in range(rows["fold"].max() + 1)},
        "copies": len(group) - len(np.unique(group)),
    }
