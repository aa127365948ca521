"""Trains Stanza's CNN classifier on rated snippets."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from popularity.arrays import IntArray
from popularity.sentiment_training.vectors import save

EPOCHS = 3
BATCH = 32
LEARNING_RATE = 0.001  # Adam's, falling to 0; Stanza's own adadelta stayed at the most common class
VECTORS_RATE = 0.003  # of the word vectors: each word is seen seldom
DROPPED = 0.1
"""Share of words whose GloVe part is hidden in training, so that what the lists say beside it is relied on too."""
GLOVE = 50  # numbers of a row; what VADER's lists say, after them, stays as it is
CLASSES = ("0", "1", "2")  # negative, neutral, positive
ARCHITECTURE = (
    "--filter_channels=150", "--filter_sizes=(1,2,3,4)", "--fc_shapes=100", "--dropout=0.5", "--no_bilstm",
    "--extra_wordvec_method=none", "--wordvec_type=other", "--no_bert_model", "--cpu",
)  # fmt: skip


def train(sentences: Sequence[Sequence[str]], label: IntArray, pretrain: Path, *, seed: int) -> Any:
    """A stanza CNNClassifier fitted on n sentences, each a list of words, with classes of shape (n,), 0 to 2.

    Classes weigh the same, however rare: with less, neutral is said too seldom in corpora not trained on. The word
    vectors learn too, so the model needs those it ends with: see `vectors_of`. Batches hold sentences of like length.
    On one thread, which makes the same seed give the same numbers.
    """
    import torch
    from stanza.models.classifiers.data import SentimentDatum, shuffle_dataset, sort_dataset_by_len

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    random.seed(seed)
    torch.manual_seed(seed)
    data = [SentimentDatum(CLASSES[c], list(words)) for words, c in zip(sentences, label, strict=True) if words]
    model = _new_model(data, pretrain)
    weight = len(label) / np.bincount(label, minlength=3)
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(weight, dtype=torch.float32))
    by_length = sort_dataset_by_len(data)
    steps = EPOCHS * -(-len(data) // BATCH)
    optimizer = _optimizer(model)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1.0 / steps, steps)
    hiding = model.embedding.register_forward_hook(_hide_glove)
    model.train()
    with tqdm(total=steps, desc=f"train, seed {seed}", unit="batch") as bar:
        for _ in range(EPOCHS):
            for batch in shuffle_dataset(by_length, BATCH, batch_single_item=0):
                optimizer.zero_grad()
                loss(model(batch), torch.tensor([int(datum.sentiment) for datum in batch])).backward()
                optimizer.step()
                schedule.step()
                bar.update()
    hiding.remove()
    model.eval()
    torch.set_num_threads(threads)
    return model


def vectors_of(model: Any) -> Any:
    """The word vectors that the model ended with, in the rows of its vocabulary; a tensor."""
    return model.embedding.weight.detach()


def save_classifier(path: Path, model: Any) -> None:
    """Write the file that Stanza's sentiment processor loads."""
    save(path, {"params": model.get_params(), "epochs_trained": EPOCHS, "global_step": 0, "best_score": None})


def _new_model(data: list[Any], pretrain: Path) -> Any:
    from stanza.models import classifier
    from stanza.models.classifiers.trainer import Trainer

    arguments = classifier.parse_args([*ARCHITECTURE, f"--wordvec_pretrain_file={pretrain}"])
    arguments.device = "cpu"
    return Trainer.build_new_model(arguments, data).model


def _optimizer(model: Any) -> Any:
    import torch

    vectors = model.embedding
    vectors.weight.requires_grad = True
    vectors.padding_idx = 0  # padding stays at zero
    vectors.weight.register_hook(_of_glove)
    others = [value for name, value in model.named_parameters() if not name.startswith("embedding")]
    return torch.optim.Adam([{"params": others, "lr": LEARNING_RATE}, {"params": [vectors.weight], "lr": VECTORS_RATE}])


def _of_glove(gradient: Any) -> Any:
    gradient = gradient.clone()
    gradient[:, GLOVE:] = 0
    return gradient


def _hide_glove(_: Any, __: Any, rows: Any) -> Any:
    """Of rows, shape (sentences, words, d), hide the GloVe part of some words."""
    import torch

    kept = (torch.rand(rows.shape[:2]) >= DROPPED).unsqueeze(-1)
    return torch.cat([rows[..., :GLOVE] * kept, rows[..., GLOVE:]], dim=-1)
