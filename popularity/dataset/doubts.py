"""What about training posts makes every figure of models fitted on them doubtful."""

import numpy as np

from popularity.arrays import FloatArray, IntArray

MIN_TRAIN = 50
"""Training posts. Of fewer, chance alone makes rank correlations of .3 and more: their spread is 1 / sqrt(n - 1)."""


def doubts(label: FloatArray, fold: IntArray, folds: int) -> list[str]:
    """One sentence each, for the terminal, the report and whoever would make a champion of these models; mostly none.

    label, fold: of the training posts, shape (n,), n at least 1. folds: how many there should be.
    """
    found = []
    if len(label) < MIN_TRAIN:
        found.append(f"{len(label)} training posts are too few to tell skill from chance: it takes {MIN_TRAIN}")
    if empty := sorted(set(range(folds)) - set(fold.tolist())):
        names = ", ".join(map(str, empty))
        found.append(f"no training post is in fold {names}, so fewer models than dataset.folds are validated")
    if len(np.unique(label)) == 1:
        found.append(f"all training posts have the label {label[0]:g}: there is nothing to learn")
    return found
