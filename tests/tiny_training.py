"""Trainings on a handful of sentences, for a process of their own: the trainer loads triton, which crashes where
TensorFlow is loaded already."""

from pathlib import Path
from typing import Any

import numpy as np

from popularity.text.training.figures import chances_of
from popularity.text.training.train import save_classifier, train, vectors_of

SENTENCES = [["a", "good", "day"], ["a", "sad", "day"], ["a", "day"]] * 20
LABELS = np.array([2, 0, 1] * 20)


def train_and_save(pretrain: Path, seed: int, path: Path) -> tuple[dict[str, int], np.ndarray]:
    """The rows of "a" and "good", and the word vectors that the model ended with."""
    model: Any = train(SENTENCES, LABELS, pretrain, seed=seed)
    save_classifier(path, model)
    return {word: model.emb_vocab[word] for word in ("a", "good")}, vectors_of(model).numpy()


def train_and_ask(pretrain: Path, questions: list[list[str]]) -> np.ndarray:
    """What the model gives for sentences, shape (n, 3)."""
    return chances_of(train(SENTENCES, LABELS, pretrain, seed=1), questions)
