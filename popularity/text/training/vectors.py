"""The word vectors that ship: GloVe cut to the words that matter, with what VADER's list says of each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from popularity.files import replacing
from popularity.text.training.corpora import WordVectors

WORDS = 44_000
"""With 52 float32 numbers each, what keeps vectors and model below 12 MB."""
PREFIX = 4
"""Rows that Stanza keeps for padding and unknown words before the first word; zeros here."""


def vader_valence() -> dict[str, float]:
    """VADER's word list: mean rating, -4 to 4, of words and emoticons; entries of several words are left out."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return {word: value for word, value in SentimentIntensityAnalyzer().lexicon.items() if " " not in word}


def cut(
    glove: WordVectors, tokens: Iterable[Sequence[str]], valence: dict[str, float]
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Words and their rows, shape (WORDS, 52): GloVe's 50 numbers, the valence and its absolute value.

    Taken in this order until there are WORDS: words of VADER's list that GloVe has or that the snippets use, emoticons
    among them; words of the snippets that GloVe has, most used first; GloVe's most frequent others. Where GloVe has
    none, its part is zeros. No label is looked at.
    """
    place = {word: row for row, word in enumerate(glove.words)}
    used = Counter(word for some in tokens for word in some)
    of_list = [word for word in valence if word in place or word in used or not any(map(str.isalnum, word))]
    of_snippets = [word for word, _ in sorted(used.items(), key=lambda item: (-item[1], item[0])) if word in place]
    words = list(dict.fromkeys([*of_list, *of_snippets, *glove.words]))[:WORDS]
    felt = np.array([valence.get(word, 0.0) for word in words], dtype=np.float32)
    rows = np.array([place.get(word, -1) for word in words])
    vectors = np.where(rows[:, None] >= 0, glove.vectors[rows], 0)
    return words, np.column_stack([vectors, felt, np.abs(felt)]).astype(np.float32)


def write_pretrain(path: Path, words: list[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write the file that Stanza's Pretrain reads, the same bytes for the same words and vectors.

    vectors: shape (words, d), or (PREFIX + words, d) with the rows that Stanza keeps.
    """
    import torch
    from stanza.models.common.pretrain import PretrainedWordVocab

    if len(vectors) == len(words):
        vectors = np.vstack([np.zeros((PREFIX, vectors.shape[1]), np.float32), vectors])
    emb = torch.from_numpy(np.ascontiguousarray(vectors))
    save(path, {"vocab": dict(PretrainedWordVocab(words).state_dict()), "emb": emb})


def save(path: Path, content: dict[str, object]) -> None:
    """Write what torch.load reads with weights_only; in the zip format, for the older one holds memory addresses."""
    import torch

    with replacing(path) as temporary, temporary.open("wb") as file:
        torch.save(content, file)
