"""Trains Stanza's CNN classifier on rated snippets."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from popularity.dataset import IntArray
from popularity.text.training.vectors import save

EPOCHS = 2  # it overfits after three
LEARNING_RATE = 0.001  # Adam's; Stanza's own adadelta stayed at the most common class
BATCH = 32
CLASSES = ("0", "1", "2")  # negative, neutral, positive
ARCHITECTURE = (
    "--filter_channels=150", "--filter_sizes=(3,4,5)", "--fc_shapes=100", "--dropout=0.5", "--no_bilstm",
    "--extra_wordvec_method=none", "--wordvec_type=other", "--no_bert_model", "--cpu",
)  # fmt: skip


def train(sentences: Sequence[Sequence[str]], label: IntArray, pretrain: Path, *, seed: int) -> Any:
    """A stanza CNNClassifier fitted on n sentences, each a list of words, with labels of shape (n,): 0, 1 or 2.

    Batches hold sentences of like length. Errors count in inverse proportion to how common their class is, so
    that no class is worth less than another. On one thread, which makes the same seed give the same numbers.
    """
    import torch
    from stanza.models.classifiers.data import SentimentDatum, shuffle_dataset, sort_dataset_by_len

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    random.seed(seed)
    torch.manual_seed(seed)
    data = [SentimentDatum(CLASSES[c], list(words)) for words, c in zip(sentences, label, strict=True) if words]
    model = _new_model(data, pretrain)
    weights = len(label) / (3 * np.bincount(label, minlength=3))
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(weights, dtype=torch.float32))
    adam = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=LEARNING_RATE)
    by_length = sort_dataset_by_len(data)
    model.train()
    for epoch in range(EPOCHS):
        batches = shuffle_dataset(by_length, BATCH, batch_single_item=0)
        for batch in tqdm(batches, desc=f"seed {seed} epoch {epoch + 1}", unit="batch", leave=False):
            adam.zero_grad()
            loss(model(batch), torch.tensor([int(datum.sentiment) for datum in batch])).backward()
            adam.step()
    model.eval()
    torch.set_num_threads(threads)
    return model


def save_classifier(path: Path, model: Any) -> None:
    """Write the file that Stanza's sentiment processor loads."""
    save(path, {"params": model.get_params(), "epochs_trained": EPOCHS, "global_step": 0, "best_score": None})


def _new_model(data: list[Any], pretrain: Path) -> Any:
    from stanza.models import classifier
    from stanza.models.classifiers.trainer import Trainer

    arguments = classifier.parse_args([*ARCHITECTURE, f"--wordvec_pretrain_file={pretrain}"])
    arguments.device = "cpu"
    return Trainer.build_new_model(arguments, data).model
