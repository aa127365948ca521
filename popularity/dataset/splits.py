"""Which posts are trained on, which are tested on, and which training posts are held out together."""

import sys

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity import settings
from popularity.arrays import BoolArray, IntArray
from popularity.errors import UserError

MOST_COPIES = 0.02
"""Share of the training posts that copy a test post without a warning."""


def assign_splits(posts: pd.DataFrame, options: settings.Split) -> npt.NDArray[np.object_]:
    """`train`, `test` or `pending` for each post, shape (n,).

    posts: columns pid, uid, batch, postdate, label (NaN: pending), given_split. A pending post is neither
    train nor test, whatever its source says.
    Raises UserError when mode newest names no batch, or one that is not there.
    """
    labelled = posts["label"].notna().to_numpy(bool)
    match options.mode:
        case "given":
            test = (posts["given_split"] == "test").to_numpy(bool)
        case "time":
            test = _latest(posts, labelled, options.test_share)
        case "newest":
            test = _half_of_the_users(posts, options.newest)
    return np.where(labelled, np.where(test, "test", "train"), "pending").astype(object)


def refuse_untrainable(train: BoolArray) -> None:
    """Raises UserError when no post is a training post: nothing could be fitted."""
    if not train.any():
        raise UserError(
            "no batch has a labelled post to train on that copies no test post",
            next_step="add a batch with labels, or choose another dataset.split.mode in params.yaml",
        )


def warn_of_copies(copied: BoolArray, split: npt.NDArray[np.object_]) -> None:
    """Say on stderr where more training posts than usual are left out as copies of test posts.

    copied, split: of each post, shape (n,).
    """
    train, left_out = int((split == "train").sum()), int(copied.sum())
    if left_out > MOST_COPIES * train:
        print(
            f"warning: {left_out:,} of {train:,} training posts are copies of test posts and are left out; a crawl may "
            "have brought the same posts under new ids, or dataset.split may part what belongs together",
            file=sys.stderr,
        )


def _latest(posts: pd.DataFrame, labelled: BoolArray, share: float) -> BoolArray:
    by_date = posts[labelled].sort_values(["postdate", "pid"])
    latest = by_date["pid"].iloc[len(by_date) - round(share * len(by_date)) :]
    return posts["pid"].isin(latest).to_numpy(bool)


def _half_of_the_users(posts: pd.DataFrame, newest: tuple[str, ...]) -> BoolArray:
    unknown = set(newest) - set(posts["batch"])
    if unknown or not newest:
        names = ", ".join(sorted(unknown)) or "none"
        raise UserError(
            f"params.yaml: dataset.split.newest must name batches that have posts (wrong: {names})",
            next_step="name there the newest labelled batches, or choose another split mode",
        )
    in_half = (stable_hash(posts["uid"].to_numpy(np.int64)) & np.uint64(1)) == 1
    return np.asarray(posts["batch"].isin(newest).to_numpy(bool) & in_half)


def folds_of(group: IntArray, folds: int) -> IntArray:
    """Fold 0 to folds - 1 of each group, shape (n,): a fixed hash, so that new posts move no other post's fold."""
    return (stable_hash(group) % np.uint64(folds)).astype(np.int64)


def stable_hash(ids: IntArray) -> npt.NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea, Flood 2014) of each id: the same in every process, on every machine, for ever."""
    z = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))
