"""What makes figures doubtful."""

import numpy as np
import pytest

from popularity.dataset.doubts import MIN_TRAIN, doubts, doubts_with_photo


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
        (told(200, fold=1), ["none of the training posts is in fold 0, 2, 3, 4"]),
    ],
)
def test_each_doubt_is_a_sentence(found: list[str], says: list[str]) -> None:
    assert len(found) == len(says)
    assert all(part in sentence for part, sentence in zip(says, found, strict=True))


def test_posts_with_a_photo_are_doubted_by_themselves() -> None:
    n = 4 * MIN_TRAIN
    label, fold = np.arange(n, dtype=np.float64), np.arange(n) % 5
    few = np.arange(n) < 7
    assert doubts(label, fold, 5) == []
    (found,) = doubts_with_photo(label, fold, 5, few)
    assert found == f"7 training posts with a photo are too few to tell skill from chance: it takes {MIN_TRAIN}"
    (empty,) = doubts_with_photo(label, fold, 5, fold != 2)
    assert "is in fold 2" in empty
    (constant,) = doubts_with_photo(np.where(few, label, 3.0), fold, 5, ~few)
    assert "training posts with a photo have the label 3" in constant
    assert doubts_with_photo(label, fold, 5, np.zeros(n, dtype=bool)) == []
