"""What makes figures doubtful."""

import numpy as np
import pytest

from popularity.dataset.doubts import MIN_TRAIN, doubts


def told(n: int, *, folds: int = 5, label: float | None = None, fold: int | None = None) -> list[str]:
    labels = np.arange(n) * 0.5 if label is None else np.full(n, label)
    return doubts(labels, np.arange(n) % folds if fold is None else np.full(n, fold), folds)


def test_ordinary_training_posts_leave_no_doubt() -> None:
    assert told(MIN_TRAIN) == []


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (told(4), ["4 training posts are too few", "fold 4"]),
        (told(MIN_TRAIN - 1), ["49 training posts are too few"]),
        (told(200, label=3.25), ["all training posts have the label 3.25"]),
        (told(200, fold=1), ["no training post is in fold 0, 2, 3, 4"]),
    ],
)
def test_each_doubt_is_a_sentence(found: list[str], says: list[str]) -> None:
    assert len(found) == len(says)
    assert all(part in sentence for part, sentence in zip(says, found, strict=True))
