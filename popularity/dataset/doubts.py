"""What about training posts makes every figure of models fitted on them doubtful."""

import numpy as np

from popularity.arrays import BoolArray, FloatArray, IntArray

MIN_TRAIN = 50
"""Training posts. Of fewer, chance alone makes rank correlations of .3 and more: their spread is 1 / sqrt(n - 1)."""


def doubts(label: FloatArray, fold: IntArray, folds: int, posts: str = "training posts") -> list[str]:
    """One sentence each, for the terminal, the report and whoever would make a champion of these models; mostly none.

    label, fold: of the training posts, shape (n,), n at least 1. folds: how many there should be. posts: what they are.
    """
    found = []
    if len(label) < MIN_TRAIN:
        found.append(f"{len(label)} {posts} are too few to tell skill from chance: it takes {MIN_TRAIN}")
    if empty := sorted(set(range(folds)) - set(fold.tolist())):
        names = ", ".join(map(str, empty))
        found.append(f"none of the {posts} is in fold {names}, so fewer models than dataset.folds are validated")
    if len(np.unique(label)) == 1:
        found.append(f"all {posts} have the label {label[0]:g}: there is nothing to learn")
    return found


def doubts_with_photo(label: FloatArray, fold: IntArray, folds: int, has_photo: BoolArray) -> list[str]:
    """The same about the training posts with a photo, which have models of their own; nothing where there are none.

    has_photo: shape (n,).
    """
    if not has_photo.any():
        return []
    return doubts(label[has_photo], fold[has_photo], folds, "training posts with a photo")
