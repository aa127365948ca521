"""The word vectors that ship: GloVe cut to the words that matter, with what VADER's lists say of each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from popularity.files import replacing
from popularity.sentiment_training.corpora import WordVectors
from popularity.text.spelling import PREFIX, negations

WORDS = 44_000
"""With 54 float32 numbers each, what keeps vectors and model below 12 MB."""
KEPT_ROWS = 4
"""Rows that Stanza keeps for padding and unknown words before the first word; zeros here."""
STRENGTH = 2.0
"""What a negation or an intensifier has in its column: as much as a plain feeling has in that of the valence."""


def vader_columns() -> dict[str, npt.NDArray[np.float32]]:
    """What VADER's lists say of each word or emoticon: valence (-4 to 4), its absolute value, negates, intensifies.

    The last is negative where a word weakens. A word with a valence comes a second time as `respell` spells it behind a
    negation, with VADER's own fraction of the valence. Entries of several words are left out.
    """
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, N_SCALAR, SentimentIntensityAnalyzer

    lexicon: dict[str, float] = SentimentIntensityAnalyzer().lexicon
    plain = {
        word: np.array(
            [
                lexicon.get(word, 0.0),
                abs(lexicon.get(word, 0.0)),
                STRENGTH * (word in negations()),
                STRENGTH * np.sign(BOOSTER_DICT.get(word, 0.0)),
            ],
            dtype=np.float32,
        )
        for word in dict.fromkeys([*lexicon, *sorted(negations()), *BOOSTER_DICT])
        if " " not in word
    }
    negated = {
        PREFIX + word: row * np.array([N_SCALAR, abs(N_SCALAR), 0, 1], np.float32)
        for word, row in plain.items()
        if row[0] and word[0].isalpha() and word not in negations()
    }
    return plain | negated


def cut(
    glove: WordVectors, tokens: Iterable[Sequence[str]], columns: dict[str, npt.NDArray[np.float32]]
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Words and their rows, shape (WORDS, 54): GloVe's 50 numbers, then those of columns.

    Taken in this order until there are WORDS: words and emoticons of VADER's lists; words of the snippets that GloVe
    has, most used first; GloVe's most frequent others. Where GloVe has none, its part is zeros, and so are the columns
    where the lists have none; a negated word has the vector of the word. No label is looked at.
    """
    place = {word: row for row, word in enumerate(glove.words)}
    used = Counter(word for some in tokens for word in some)
    of_snippets = [word for word, _ in sorted(used.items(), key=lambda item: (-item[1], item[0])) if word in place]
    words = list(dict.fromkeys([*columns, *of_snippets, *glove.words]))[:WORDS]
    listed = np.array([columns.get(word, np.zeros(4)) for word in words])
    rows = np.array([place.get(word.removeprefix(PREFIX), -1) for word in words])
    vectors = np.where(rows[:, None] >= 0, glove.vectors[rows], 0)
    return words, np.column_stack([vectors, listed]).astype(np.float32)


def write_pretrain(path: Path, words: list[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write the file that Stanza's Pretrain reads, the same bytes for the same words and vectors.

    vectors: shape (words, d), or (KEPT_ROWS + words, d) with the rows that Stanza keeps.
    """
    import torch
    from stanza.models.common.pretrain import PretrainedWordVocab

    if len(vectors) == len(words):
        vectors = np.vstack([np.zeros((KEPT_ROWS, vectors.shape[1]), np.float32), vectors])
    emb = torch.from_numpy(np.ascontiguousarray(vectors))
    save(path, {"vocab": dict(PretrainedWordVocab(words).state_dict()), "emb": emb})


def save(path: Path, content: dict[str, object]) -> None:
    """Write what torch.load reads with weights_only; in the zip format, for the older one holds memory addresses."""
    import torch

    with replacing(path) as temporary, temporary.open("wb") as file:
        torch.save(content, file)
